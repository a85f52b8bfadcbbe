// What everybody may read of the state of all backends. The types below have no room for addresses, paths, reasons or what
// a backend said: a page that is made of them cannot tell any.
#pragma once

#include "health/status.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health {

// A name that says nothing but itself: at most 64 of the characters that names of tools have (A-Z a-z 0-9 _ . -). Any other
// text becomes an empty one: a URI, a sentence.
class plain_name {
public:
    plain_name() = default;
    explicit plain_name(std::string_view text);
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_{};
};

// One backend. Views are of literals.
struct public_backend {
    plain_name name{};
    state now = state::unknown;
    std::string_view transport{};
    std::string_view auth_type{};
    std::string_view category{};
    std::string_view revision{};                   // empty: unknown, or one that vmcp does not know
    std::map<std::string, std::string> metadata{}; // labels: the configuration has them to be shown
    bool routable = false;
    unsigned consecutive_failures = 0;
    std::optional<wall_time> last_check{};
    wall_time last_change{};
    std::uint64_t transitions = 0;
    std::uint64_t checks = 0;
    std::uint64_t reinitialised = 0;
    std::optional<circuit> circuit_state{};
    wall_time circuit_changed{}; // default value: never
    std::vector<microseconds> latency{};
};

// That something is hidden; why, only operators may read.
struct public_hidden {
    std::string_view kind{}; // of a literal
    plain_name backend{};
    plain_name name{};
};

// That a change of the configuration was refused.
struct public_refusal {
    wall_time when{};
    std::string_view by{}; // of a literal
    std::size_t problems = 0;
};

// That lines of the audit log could not be written.
struct public_unwritten {
    std::uint64_t waiting = 0;
    std::uint64_t lost = 0;
};

struct public_status {
    std::vector<public_backend> backends{};
    std::vector<public_hidden> hidden{};
    backend_counts counts{};
    phase now = phase::pending;
    bool monitoring = true;
    std::string version{};
    std::string group_ref{};
    std::map<std::string, std::string> metadata{};
    std::optional<public_refusal> refused{};
    std::optional<public_unwritten> unwritten{};
};

[[nodiscard]] public_status public_part(const overview& overview, const std::vector<hidden_row>& hidden = {},
                                        const refused_reload* refused = nullptr);

} // namespace health
