// What the status page is sent: JSON made of the live set of backends and of the catalog.
#pragma once

#include "health/status_json.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/program/recent_lines.hpp"
#include "vmcp/program/reload_outcome.hpp"
#include "vmcp/supervision/fleet_view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
[[nodiscard]] std::string ui_status_json(std::string_view name, const fleet_view& view,
                                         const ui_counts& counts, const health::status_extras& extras = {});

// {"visible":[{"kind","name","backend","original","note"}],"hidden":[{"kind","name","backend","reason"}]}.
// Pure.
[[nodiscard]] std::string ui_catalog_json(const catalog& catalog);

// The URL that clients call, as far as the configuration knows it: that of the protected resource, else the first name in
// listener.allowedHosts, else the address that is listened at. `port`: of the listener for clients. Pure.
[[nodiscard]] std::string endpoint_url(const config& settings, std::uint16_t port);

// {"endpoint","every_address","login","trial","reload":<last_reload_json>|null,
// "errors":[{"when","level","text","times"}],"failures":[{"backend","when","text"}]}, newest first. `every_address`: the
// endpoint names this machine only because it listens at all addresses; `login`: clients need a token; `trial`: calls may be
// tried. Of failures of calls the last ones are kept, for each backend and of all. Pure.
[[nodiscard]] std::string ui_gateway_json(const config& settings, std::uint16_t port,
                                          const reload_history& reloads,
                                          const std::vector<recent_lines::line>& lines,
                                          const fleet_view& view);

} // namespace vmcp
