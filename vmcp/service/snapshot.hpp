// What a request reads, from start to end: one immutable configuration, catalog and set of backends, swapped
// whole.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/backend.hpp"
#include "vmcp/service/catalog_views.hpp"

#include <memory>
#include <vector>

namespace vmcp {

struct snapshot {
    std::shared_ptr<const config> settings{};
    std::shared_ptr<const vmcp::catalog> catalog{};
    std::shared_ptr<catalog_views> views{};           // of `catalog`
    std::vector<std::shared_ptr<backend>> backends{}; // by the catalog's backend index
    // The same with what backends that are down for long would offer; null when there is none. It is not
    // listed, but a call still finds its owner, which says that it is down.
    std::shared_ptr<const vmcp::catalog> withdrawn{};
    // What the catalog is made of, but for what is withdrawn.
    list_refs lists{};
};

} // namespace vmcp
