// A merged list as it goes over the wire: rendered once and handed out as views, or page by page as it is asked for.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vmcp {

struct transparent_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
};

template <class T>
using name_map = std::unordered_map<std::string, T, transparent_hash, std::equal_to<>>;

// Not copyable: entries() may be views of its own pages.
class rendered_list {
public:
    rendered_list() : rendered_list(list_kind::tools, {}, 0) {}
    rendered_list(rendered_list&&) noexcept = default;
    rendered_list& operator=(rendered_list&&) noexcept = default;

    // Entries are raw JSON objects, no two of which have the same key; `page_size` 0 puts all of them on one page.
    rendered_list(list_kind kind, const std::vector<std::string_view>& entries, std::size_t page_size);

    // One that keeps no pages: the texts of the entries must outlive it.
    struct of_views {};
    rendered_list(of_views, list_kind kind, std::vector<std::string_view> entries, std::size_t page_size);

    // The `result` object of the page that `raw_cursor` asks for: a raw JSON literal, empty or null for the
    // first page. A cursor is opaque and names the entry that the page before ended with: a client that is half
    // through a list that changes goes on behind that, and need not notice; where that entry is not there any more,
    // and with a cursor that was not handed out for such a list, which includes "", it is errc::bad_cursor. The view
    // lives as long as this object and `made`, which gets the text of a page that begins elsewhere than those kept.
    [[nodiscard]] result<std::string_view> page(std::string_view raw_cursor, std::string& made) const;

    // Hash of all entries in order, without cursors.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }

    // Each entry as it stands in a page, in order.
    [[nodiscard]] const std::vector<std::string_view>& entries() const noexcept { return entries_; }

    // What it holds in memory.
    [[nodiscard]] std::size_t bytes() const noexcept;

    // One of the same kind and page size that keeps no pages.
    [[nodiscard]] rendered_list of_other(std::vector<std::string_view> entries) const {
        return {of_views(), kind_, std::move(entries), page_size_};
    }
    // The list of those entries that `keep`, which has as many elements as entries(), says true for.
    [[nodiscard]] rendered_list filtered(const std::vector<bool>& keep) const;

private:
    // Calls take(first, end, cursor of the next page or empty) for each page.
    template <class Take>
    void divide(const std::vector<std::string_view>& entries, Take take);
    // The entries from there on, up to a page full, and how to go on.
    [[nodiscard]] std::string page_from(std::size_t at) const;
    // Behind the entry that this cursor names; nothing where there is none.
    [[nodiscard]] std::optional<std::size_t> place_of(std::string_view cursor) const;

    list_kind kind_;
    std::uint64_t fingerprint_;
    std::size_t page_size_;
    std::vector<std::string> pages_{}; // none where they are made when they are asked for
    std::vector<std::string_view> entries_{};
    name_map<std::size_t> page_of_cursor_{};
};

} // namespace vmcp
