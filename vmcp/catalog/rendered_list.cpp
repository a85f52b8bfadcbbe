#include "vmcp/catalog/rendered_list.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/stable_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vmcp {
namespace {

std::uint64_t hash_of(list_kind kind, const std::vector<std::string_view>& entries) {
    std::uint64_t hash = mix_bits(static_cast<std::uint64_t>(kind) + 1);
    for (const auto entry : entries)
        hash = stable_hash(entry, hash);
    return hash;
}

// What identifies an entry; one that has no name is its own.
std::uint64_t key_of(list_kind kind, std::string_view entry) {
    const auto named = unquoted(json_member(entry, spec_of(kind).key, any_depth).raw);
    return stable_hash(named ? std::string_view(*named) : entry,
                       mix_bits(static_cast<std::uint64_t>(kind) + 1));
}

// The check makes a cursor that was made up, or altered, improbable to be taken for one of ours. Guessing one
// would gain nothing: it shows a page of a list that the client may read anyway.
std::string mint_cursor(std::uint64_t key) {
    return fmt::format("{:016x}{:08x}", key, mix_bits(~key) >> 32);
}

// Adds the places of the entries in the text to `places`, which may be null: they stay where they are when the text is
// moved, since a page is longer than any string that holds its characters in itself.
std::string render(std::string_view member, const std::string_view* first, const std::string_view* last,
                   std::string_view next_cursor, std::vector<std::string_view>* places) {
    std::string out;
    std::size_t size = member.size() + next_cursor.size() + 32;
    for (const auto* entry = first; entry != last; ++entry)
        size += entry->size() + 1;
    out.reserve(size);
    out.append("{\"").append(member).append("\":[");
    for (const auto* entry = first; entry != last; ++entry) {
        if (entry != first)
            out.push_back(',');
        out.append(*entry);
        if (places != nullptr)
            places->push_back(std::string_view(out).substr(out.size() - entry->size()));
    }
    out.push_back(']');
    if (!next_cursor.empty())
        out.append(",\"nextCursor\":\"").append(next_cursor).append("\"");
    out.push_back('}');
    return out;
}

} // namespace

rendered_list::rendered_list(list_kind kind, const std::vector<std::string_view>& entries,
                             std::size_t page_size)
    : kind_(kind)
    , fingerprint_(hash_of(kind, entries))
    , page_size_(page_size) {
    entries_.reserve(entries.size());
    divide(entries, [&](std::size_t first, std::size_t end, const std::string& next) {
        pages_.push_back(
            render(spec_of(kind).member, entries.data() + first, entries.data() + end, next, &entries_));
    });
}

rendered_list::rendered_list(of_views, list_kind kind, std::vector<std::string_view> entries,
                             std::size_t page_size)
    : kind_(kind)
    , fingerprint_(hash_of(kind, entries))
    , page_size_(page_size)
    , entries_(std::move(entries)) {
    divide(entries_, [](std::size_t, std::size_t, const std::string&) {});
}

template <class Take>
void rendered_list::divide(const std::vector<std::string_view>& entries, Take take) {
    const std::size_t step = page_size_ == 0 ? std::max<std::size_t>(entries.size(), 1) : page_size_;
    std::size_t at = 0;
    std::size_t page = 0;
    do {
        const std::size_t end = entries.size() - at > step ? at + step : entries.size();
        std::string next;
        if (end < entries.size()) {
            next = mint_cursor(key_of(kind_, entries[end - 1]));
            page_of_cursor_.emplace(next, ++page);
        }
        take(at, end, next);
        at = end;
    } while (at < entries.size());
}

rendered_list rendered_list::filtered(const std::vector<bool>& keep) const {
    std::vector<std::string_view> kept;
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (keep[i])
            kept.push_back(entries_[i]);
    return {kind_, kept, page_size_};
}

std::size_t rendered_list::bytes() const noexcept {
    std::size_t sum = sizeof(*this) + entries_.capacity() * sizeof(std::string_view);
    if (pages_.empty())
        sum += page_of_cursor_.size() * 2 * sizeof(std::string);
    for (const auto& page : pages_)
        sum += page.capacity();
    return sum;
}

std::string rendered_list::page_from(std::size_t at) const {
    const std::size_t step = page_size_ == 0 ? entries_.size() : page_size_;
    const std::size_t end = entries_.size() - at > step ? at + step : entries_.size();
    const auto next = end < entries_.size() ? mint_cursor(key_of(kind_, entries_[end - 1])) : std::string();
    return render(spec_of(kind_).member, entries_.data() + at, entries_.data() + end, next, nullptr);
}

std::optional<std::size_t> rendered_list::place_of(std::string_view cursor) const {
    constexpr std::size_t digits = 16;
    std::uint64_t key = 0;
    const auto written = cursor.substr(0, digits);
    std::from_chars(written.data(), written.data() + written.size(), key, 16);
    if (mint_cursor(key) != cursor)
        return std::nullopt;
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (key_of(kind_, entries_[i]) == key)
            return i + 1;
    return std::nullopt;
}

result<std::string_view> rendered_list::page(std::string_view raw_cursor, std::string& made) const {
    const auto kept = [&](std::size_t page) {
        if (!pages_.empty())
            return std::string_view(pages_[page]);
        made = page_from(page * page_size_);
        return std::string_view(made);
    };
    if (raw_cursor.empty() || raw_cursor == "null")
        return kept(0);
    if (const auto cursor = unquoted(raw_cursor)) {
        if (const auto found = page_of_cursor_.find(std::string_view(*cursor));
            found != page_of_cursor_.end())
            return kept(found->second);
        if (const auto at = place_of(*cursor)) {
            made = page_from(*at);
            return std::string_view(made);
        }
    }
    return fail(
        errc::bad_cursor,
        fmt::format("{}: this cursor was not handed out for this list, or what it stands behind is not "
                    "listed any more; start again without a cursor",
                    spec_of(kind_).method));
}

} // namespace vmcp
