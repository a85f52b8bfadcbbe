#include "vmcp/catalog/schema_places.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/percent.hpp"
#include "vmcp/catalog/json_parts.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <algorithm>
#include <charconv>

namespace vmcp {
namespace {

bool is_anchor(std::string_view text) {
    const auto letter = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

// RFC 6901, 4.
std::string unescaped(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape =
            token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
        out.push_back(!escape ? token[i] : token[i + 1] == '0' ? '~' : '/');
        i += escape ? 1 : 0;
    }
    return out;
}

json_slice element_at(std::string_view array, std::string_view token) {
    std::size_t number = 0;
    const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (problem != std::errc{} || end != token.data() + token.size())
        return {};
    const auto all = elements_of(array);
    return number < all.size() ? all[number] : json_slice{};
}

} // namespace

bool schema_places::add_anchor(const json_slice& schema, std::string_view raw) {
    auto name = unquoted(raw).value_or("");
    return is_anchor(name) && anchors_.emplace(std::move(name), schema).second;
}

void schema_places::add_reference(const json_slice& schema, std::string_view raw) {
    references_.push_back({place_of(schema), unquoted(raw).value_or("")});
}

std::optional<json_slice> schema_places::target_of(std::size_t number) {
    const auto& one = references_[number];
    auto known = found_.find(one.text);
    if (known == found_.end())
        known = found_.emplace(one.text, find(one.text)).first;
    if (known->second)
        leads_to_[one.from] = place_of(*known->second);
    return known->second;
}

std::optional<json_slice> schema_places::find(std::string_view reference) {
    if (!reference.empty() && reference.front() != '#')
        return std::nullopt;
    const auto fragment = percent_decoded(reference.substr(std::min<std::size_t>(1, reference.size())));
    if (!fragment)
        return std::nullopt;
    if (fragment->empty())
        return json_slice{root_, json_kind::object};
    if (fragment->front() == '/')
        return at_pointer(*fragment);
    const auto anchor = anchors_.find(*fragment);
    return anchor == anchors_.end() ? std::nullopt : std::optional(anchor->second);
}

std::optional<json_slice> schema_places::at_pointer(std::string_view pointer) {
    constexpr std::size_t most_looked_through = std::size_t{64} << 20; // some hundredths of a second
    json_slice at{root_, json_kind::object};
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        const auto token = unescaped(pointer.substr(0, end));
        pointer.remove_prefix(end);
        looked_through_ += at.raw.size();
        if (looked_through_ > most_looked_through)
            return std::nullopt;
        at = at.kind == json_kind::array ? element_at(at.raw, token)
                                         : json_member(at.raw, token, list_json_depth);
        if (at.empty())
            return std::nullopt;
    }
    // What is no schema as it stands may have become one.
    if (at.kind != json_kind::object && at.kind != json_kind::boolean && !walked(at))
        return std::nullopt;
    return at;
}

bool schema_places::circular() const {
    std::map<const void*, const void*> seen; // with the place that the way to it began at
    for (const auto& [begin, first] : leads_to_) {
        for (auto at = leads_to_.find(begin); at != leads_to_.end(); at = leads_to_.find(at->second)) {
            const auto [before, fresh] = seen.emplace(at->first, begin);
            if (!fresh && before->second == begin)
                return true;
            if (!fresh)
                break;
        }
    }
    return false;
}

} // namespace vmcp
