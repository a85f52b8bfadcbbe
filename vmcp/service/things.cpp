#include "vmcp/service/things.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/catalog/read_page.hpp"

namespace vmcp {
namespace {

std::string_view annotations_of(const catalog& from, list_kind kind, std::size_t entry) {
    if (kind != list_kind::tools)
        return {};
    const auto found = json_member(from.entry_text(kind, entry), "annotations", list_json_depth);
    return found.kind == json_kind::object ? found.raw : std::string_view();
}

} // namespace

std::vector<thing> things_of(const catalog& from, list_kind kind) {
    std::vector<thing> out;
    const auto all = from.visible(kind).size() + from.withheld(kind).size();
    out.reserve(all);
    for (std::size_t i = 0; i < all; ++i) {
        const auto& one = from.entry(kind, i);
        out.push_back({.kind = thing_kind_of(kind),
                       .name = one.exposed,
                       .backend = one.backend,
                       .original = one.original,
                       .annotations = annotations_of(from, kind, i)});
    }
    return out;
}

thing thing_at(const catalog& from, list_kind kind, std::string_view exposed, const route* to) {
    thing out{.kind = thing_kind_of(kind), .name = exposed};
    if (to == nullptr)
        return out;
    out.backend = from.backends()[to->backend];
    out.original = to->original;
    if (to->entry != route::not_listed)
        out.annotations = annotations_of(from, kind, to->entry);
    return out;
}

bool declares_output(const catalog& from, const route& tool) {
    return tool.entry != route::not_listed &&
           !json_member(from.entry_text(list_kind::tools, tool.entry), "outputSchema", list_json_depth)
                .empty();
}

} // namespace vmcp
