// Putting a changed configuration into effect while calls run.
#pragma once

#include "auth/cedar/cedar_admission.hpp"
#include "vmcp/assembly/composition.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/door.hpp"
#include "vmcp/program/file_watch.hpp"
#include "vmcp/program/reload_outcome.hpp"
#include "vmcp/supervision/supervisor.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// What a reload acts on.
struct reload_targets {
    const std::string& config_path; // "-": standard input, which cannot be read again
    supervisor& backends;
    file_watch& files;
    composition& parts;
    door& entrance;
    transport::worker& control;
    auth::cedar_admission& policy;
    published<boost::asio::ssl::context>& tls;
    bool loopback; // the listener for clients
};

// The TLS of the listener for clients, which has some. Fails with errc::config.
[[nodiscard]] result<std::shared_ptr<boost::asio::ssl::context>> listener_context(const tls_config& of);

// Reads the file again and puts it into effect, whole or not at all: a configuration with mistakes changes
// nothing. Writes the log; `why` says what asked for it. On the control thread.
[[nodiscard]] reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                                    std::string_view why);

} // namespace vmcp
