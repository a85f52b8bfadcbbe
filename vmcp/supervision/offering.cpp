#include "vmcp/supervision/offering.hpp"

#include "vmcp/catalog/list_kind.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

// Says of each entry why it is gone.
std::shared_ptr<const backend_lists> hidden_lists(const offering::entry& one) {
    auto gone = std::make_shared<backend_lists>();
    gone->backend = one.name;
    for (const auto kind : all_list_kinds)
        for (const auto& item : items_of(*one.lists, kind))
            gone->dropped.push_back({kind, item.key, one.withdrawn});
    return gone;
}

} // namespace

std::shared_ptr<const snapshot> make_snapshot(const offering& from) {
    auto made = std::make_shared<snapshot>();
    made->settings = from.settings;
    std::vector<std::string> names;
    list_refs listed;
    list_refs known;
    bool any_withdrawn = false;
    for (const auto& one : from.backends) {
        names.push_back(one.name);
        made->backends.push_back(one.for_calls);
        if (!one.lists)
            continue;
        known.push_back(one.lists);
        if (one.withdrawn.empty())
            made->lists.push_back(one.lists);
        listed.push_back(one.withdrawn.empty() ? one.lists : hidden_lists(one));
        any_withdrawn = any_withdrawn || !one.withdrawn.empty();
    }
    made->catalog = merge(*from.settings, names, listed);
    made->views =
        std::make_shared<catalog_views>(made->catalog, from.memory, catalog_views::usual_bytes, from.aside);
    if (any_withdrawn)
        made->withdrawn = merge(*from.settings, names, known);
    return made;
}

} // namespace vmcp
