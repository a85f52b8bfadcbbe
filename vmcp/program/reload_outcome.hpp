// What became of a reload, for whoever asked for it and for the metrics.
#pragma once

#include "health/membership.hpp"
#include "health/status.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/program/metrics.hpp"

#include <cstdint>
#include <memory>
#include <optional>
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

// {"status":"reloaded","backends":{"added":[],"removed":[],"replaced":[{"name","parts"}],"adjusted":[...],
// "untouched":[]},"needs_restart":[]}, or {"status":"unchanged"}, or {"status":"refused","problems":[...]}.
[[nodiscard]] std::string reload_json(const reload_outcome& outcome);

// The last reload, for people.
struct last_reload {
    health::wall_time when{};
    std::string by{}; // what asked for it: "SIGHUP", "a file changed"
    reload_outcome::kind what = reload_outcome::kind::unchanged;
    std::string changes{};                    // of backends
    std::vector<std::string> needs_restart{}; // keys
};

// What is known of all reloads up to now.
struct reload_history {
    reload_figures figures{};
    std::optional<last_reload> last{};
    std::optional<health::refused_reload> refused{}; // the last one was, and it is not mended yet
};

// {"when","by","status":"reloaded"|"unchanged"|"refused","changes","needs_restart":[]}.
[[nodiscard]] std::string last_reload_json(const last_reload& reload);

// One more; `by` says what asked for it. Of many problems the first hundred are kept.
[[nodiscard]] reload_history recorded(reload_history before, const reload_outcome& one, std::string_view by,
                                      health::wall_time now);

} // namespace vmcp
