// What a new configuration changes about the backends: who joins, who leaves, whose definition changed.
#pragma once

#include "vmcp/config/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace health {

// The parts of a definition. `replaces`: what was learned of the backend, and the sessions and connections to
// it, are void when this part changes. Other parts change how a backend is used, not what it is.
enum class definition_part : std::uint8_t {
    url,       // replaces
    transport, // replaces
    program,   // replaces; what is run, with what, and within which limits
    ca, // replaces; the bundle's content counts, so a file that changed on disk does, its path alone does not
    auth,     // replaces; the resolved credential counts, so a rotated secret file does
    headers,  // replaces
    limits,   // max_concurrency, max_queue, timeout
    sessions, // dedicated or shared
    era,      // replaces
    metadata,
    problem, // replaces
};

[[nodiscard]] std::string_view name_of(definition_part part) noexcept;
[[nodiscard]] bool replaces(definition_part part) noexcept;

// The parts in which two definitions of the same name differ, in the order of the enum.
[[nodiscard]] std::vector<definition_part> changed_parts(const vmcp::backend_config& from,
                                                         const vmcp::backend_config& to);

struct backend_change {
    std::string name{};
    std::vector<definition_part> parts{};
    friend bool operator==(const backend_change&, const backend_change&) = default;
};

// Every backend of either configuration is in exactly one list. `replaced` needs a new generation; `adjusted`
// keeps its generation, its health and its sessions, and takes the new limits. All are in the order of the
// new configuration, `removed` in that of the old.
struct membership_change {
    std::vector<std::string> added{};
    std::vector<std::string> removed{};
    std::vector<backend_change> replaced{};
    std::vector<backend_change> adjusted{};
    std::vector<std::string> untouched{};
    bool reordered = false; // those that stay stand in another order: lists are to be merged anew
    friend bool operator==(const membership_change&, const membership_change&) = default;

    [[nodiscard]] bool nothing() const noexcept {
        return added.empty() && removed.empty() && replaced.empty() && adjusted.empty() && !reordered;
    }
};

// Pure. Names must be unique within each list, as a validated configuration guarantees.
[[nodiscard]] membership_change compare(const std::vector<vmcp::backend_config>& before,
                                        const std::vector<vmcp::backend_config>& after);

// "added c; removed a; replaced b (url, auth); adjusted d (limits)", for the log. Never holds a value.
[[nodiscard]] std::string describe(const membership_change& change);

} // namespace health
