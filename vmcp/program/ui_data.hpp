// What the status page is sent: JSON made of the live set of backends and of the catalog.
#pragma once

#include "health/status_json.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/supervision/fleet_view.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vmcp {

struct ui_counts {
    std::size_t sessions = 0;
    std::size_t streams = 0;
    std::size_t in_flight = 0;
    double started = 0; // seconds since 1970
};

// {"name","counts":{"sessions","streams","in_flight","started"},"status":<body of /status for operators>,
// "loads":[{"running","waiting","reinitialized"}]}; loads are in the order of the backends. Pure. Holds
// nothing that changes while nothing happens.
[[nodiscard]] std::string ui_status_json(std::string_view name, const fleet_view& of, const ui_counts& counts,
                                         const health::status_extras& extras = {});

// {"visible":[{"kind","name","backend","original","note"}],"hidden":[{"kind","name","backend","reason"}]}.
// Pure.
[[nodiscard]] std::string ui_catalog_json(const catalog& of);

} // namespace vmcp
