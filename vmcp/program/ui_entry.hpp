// One entry of the catalog as its backend describes it, for who asks on the status page.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

struct entry_query {
    list_kind kind = list_kind::tools;
    std::string name{}; // as clients see it
    friend bool operator==(const entry_query&, const entry_query&) = default;
};

// "kind=tool&name=weather_get%20all", in this order, percent-encoded; kinds are the labels of list_kind.hpp. Nothing: it is
// none. Pure.
[[nodiscard]] std::optional<entry_query> read_entry_query(std::string_view query);

// {"entry":<as it stands in the list>}, or {"bytes":n} where that is longer than `most`; nothing: no client sees such an
// entry. Pure.
inline constexpr std::size_t most_entry_bytes = 512 * 1024;
[[nodiscard]] std::optional<std::string> ui_entry_json(const catalog& catalog, const entry_query& asked,
                                                       std::size_t most = most_entry_bytes);

} // namespace vmcp
