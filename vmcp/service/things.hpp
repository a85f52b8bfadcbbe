// Entries of the catalog as policies see them.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/model/admission.hpp"

#include <vector>

namespace vmcp {

[[nodiscard]] constexpr thing_kind thing_kind_of(list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return thing_kind::tool;
    case list_kind::prompts:
        return thing_kind::prompt;
    case list_kind::resources:
        return thing_kind::resource;
    case list_kind::templates:
        break;
    }
    return thing_kind::resource_template;
}

// The use that decides whether an entry of such a list is shown.
[[nodiscard]] constexpr use use_of(list_kind kind) noexcept {
    return kind == list_kind::tools ? use::call : kind == list_kind::prompts ? use::get : use::read;
}

// All entries of a list, in its order. Views of the catalog.
[[nodiscard]] std::vector<thing> things_of(const catalog& from, list_kind kind);

// What a name leads to; `to` is null when it leads nowhere. Views of `from`, `exposed` and `to`.
[[nodiscard]] thing thing_at(const catalog& from, list_kind kind, std::string_view exposed, const route* to);

// A tool that is listed says by a schema what its structured results are.
[[nodiscard]] bool declares_output(const catalog& from, const route& tool);

} // namespace vmcp
