// Which backends there are: what each source of definitions says, put together into one list.
#pragma once

#include "vmcp/config/config.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vmcp {

// Where definitions of backends come from: the configuration file, a cluster. On the control thread.
class membership_source {
public:
    virtual ~membership_source() = default;
    // One word, for rows and the log; the same all the time, and different from that of every other source.
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    // All that it defines now, in its order. One that cannot be used says why in backend_config::problem and keeps its
    // name; a source that cannot tell names gives it one that is its own.
    [[nodiscard]] virtual const std::vector<backend_config>& definitions() const = 0;
    // `told` is called on the control thread after definitions() changed. Once, before the first change.
    virtual void on_change(std::function<void()> told) = 0;
};

// One definition and where it comes from.
struct fleet_row {
    backend_config definition{};
    std::string source{};
    // Another source, or an earlier row of this one, defines a backend of this name. It then has a row under another name
    // (`name@source`, which no backend can have) and a problem, and that is all there is of it.
    bool shadowed = false;
    friend bool operator==(const fleet_row&, const fleet_row&) = default;
};

// All backends, in the order of every list: sources in the order they were given, each in its own order.
struct fleet {
    std::vector<fleet_row> rows{};
    friend bool operator==(const fleet&, const fleet&) = default;

    // Those that are not shadowed. Their names are unique.
    [[nodiscard]] std::vector<backend_config> definitions() const;
};

struct source_definitions {
    std::string source{};
    std::vector<backend_config> definitions{};
};

// Pure. Of several definitions of one name the first counts.
[[nodiscard]] fleet merge_sources(const std::vector<source_definitions>& sources);

} // namespace vmcp
