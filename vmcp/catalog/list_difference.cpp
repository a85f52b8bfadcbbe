#include "vmcp/catalog/list_difference.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace vmcp {
namespace {

using by_key = std::unordered_map<std::string_view, const list_item*>;

std::size_t place_of(list_kind kind) noexcept {
    return static_cast<std::size_t>(kind);
}

// Of several entries with one key the first counts, as in merge().
by_key index(const std::vector<list_item>& items) {
    by_key out;
    out.reserve(items.size());
    for (const auto& item : items)
        out.emplace(item.key, &item);
    return out;
}

list_difference::part compare(const std::vector<list_item>& own, const std::vector<list_item>& all) {
    list_difference::part out;
    const auto of_all = index(all);
    const auto of_own = index(own);
    for (const auto& item : own) {
        if (of_own.find(item.key)->second != &item)
            continue;
        const auto known = of_all.find(item.key);
        if (known == of_all.end() || !(*known->second == item))
            out.added.push_back(item);
    }
    for (const auto& item : all)
        if (!of_own.contains(item.key) && of_all.find(item.key)->second == &item)
            out.missing.push_back(item.key);
    return out;
}

std::vector<list_item> changed(const std::vector<list_item>& all, const list_difference::part& by) {
    const std::unordered_set<std::string_view> missing(by.missing.begin(), by.missing.end());
    const auto added = index(by.added);
    std::unordered_set<std::string_view> placed;
    std::vector<list_item> out;
    out.reserve(all.size() + by.added.size());
    for (const auto& item : all) {
        if (missing.contains(item.key))
            continue;
        const auto other = added.find(item.key);
        out.push_back(other == added.end() ? item : *other->second);
        if (other != added.end())
            placed.insert(item.key);
    }
    std::ranges::copy_if(by.added, std::back_inserter(out),
                         [&](const list_item& item) { return !placed.contains(item.key); });
    return out;
}

} // namespace

bool list_difference::empty() const noexcept {
    return std::ranges::all_of(parts,
                               [](const part& one) { return one.added.empty() && one.missing.empty(); });
}

std::size_t list_difference::bytes() const noexcept {
    std::size_t sum = sizeof(*this) + backend.size();
    for (const auto& one : parts) {
        for (const auto& item : one.added)
            sum += sizeof(item) + item.key.size() + item.raw.size() +
                   (item.verdict ? item.verdict->mended.size() : 0);
        for (const auto& key : one.missing)
            sum += sizeof(key) + key.size();
    }
    return sum;
}

list_difference difference_of(const session_lists& own, const backend_lists& all,
                              const list_difference& before) {
    list_difference out{.backend = all.backend};
    for (const auto kind : all_list_kinds) {
        const auto i = place_of(kind);
        out.parts[i] =
            own.known[i] ? compare(items_of(own.lists, kind), items_of(all, kind)) : before.parts[i];
    }
    return out;
}

list_difference reduced(const list_difference& difference, const backend_lists& all) {
    list_difference out = difference;
    for (const auto kind : all_list_kinds) {
        auto& part = out.parts[place_of(kind)];
        const auto of_all = index(items_of(all, kind));
        std::erase_if(part.added, [&](const list_item& item) {
            const auto known = of_all.find(item.key);
            return known != of_all.end() && *known->second == item;
        });
        std::erase_if(part.missing, [&](const std::string& key) { return !of_all.contains(key); });
    }
    return out;
}

backend_lists with_difference(const backend_lists& all, const list_difference& difference) {
    backend_lists out;
    out.backend = all.backend;
    out.capabilities = all.capabilities;
    out.instructions = all.instructions;
    out.dropped = all.dropped;
    for (const auto kind : all_list_kinds)
        items_of(out, kind) = changed(items_of(all, kind), difference.parts[place_of(kind)]);
    return out;
}

} // namespace vmcp
