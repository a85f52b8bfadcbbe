// Putting a changed configuration into effect while calls run.
#pragma once

#include "health/membership.hpp"
#include "transport/mcp/front.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/runtime/backend_set.hpp"
#include "vmcp/runtime/file_watch.hpp"
#include "vmcp/runtime/metrics.hpp"
#include "vmcp/session/session_table.hpp"

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

struct reload_outcome {
    enum class kind : std::uint8_t { reloaded, unchanged, refused };
    kind what = kind::unchanged;
    health::membership_change backends{};     // what changed about them
    std::vector<std::string> problems{};      // why it was refused; one line each, without secrets
    std::vector<std::string> needs_restart{}; // keys that changed and take effect after a restart
    std::shared_ptr<const config> settings{}; // those in effect now
};

// What a reload acts on.
struct reload_targets {
    const std::string& config_path; // "-": standard input, which cannot be read again
    backend_set& backends;
    file_watch& files;
    session_table& sessions;
    published<transport::front_settings>& front;
    published<boost::asio::ssl::context>& tls;
    bool loopback; // the listener for clients
};

// Reads the file again and puts it into effect, whole or not at all: a configuration with mistakes changes
// nothing. Writes the log; `why` says what asked for it. On the control thread.
[[nodiscard]] reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                                    std::string_view why);

// {"status":"reloaded","backends":{"added":[],"removed":[],"replaced":[{"name","parts"}],"adjusted":[...],
// "untouched":[]},"needs_restart":[]}, or {"status":"unchanged"}, or {"status":"refused","problems":[...]}.
[[nodiscard]] std::string reload_json(const reload_outcome& of);

// What the metrics say after one more reload.
[[nodiscard]] reload_figures counted(reload_figures before, const reload_outcome& one, double now);

} // namespace vmcp
