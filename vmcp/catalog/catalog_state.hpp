// The content of a catalog: filled by merge.cpp, read by catalog.cpp, seen by nobody else.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/uri_template.hpp"
#include "vmcp/catalog/uri_wrap.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// An entry as clients of one revision see it, where that is not as `merged_list::pages` has it; empty: not at all.
struct revised_text {
    std::uint32_t place = 0;
    std::string text{};
    friend bool operator==(const revised_text&, const revised_text&) = default;
};

struct merged_list {
    rendered_list pages{}; // for usual_revision
    // What others see otherwise, by place, and their list; by list_revision, null where it is the same.
    std::array<std::vector<revised_text>, all_list_revisions.size()> revised{};
    std::array<std::shared_ptr<const rendered_list>, all_list_revisions.size()> revised_pages{};
    std::vector<visible_entry> withheld{}; // their places follow those of `pages`
    name_map<route> routes{};              // by exposed name
    // Of URIs that are not written in their normal form (uri_wrapper::normal): that form, and the exposed one.
    name_map<std::string> by_normal_form{};
};

// Wrapped templates are not among them: what expands them begins with the scheme that leads to the backend.
struct template_route {
    uri_template pattern;
    std::uint32_t backend = 0;
    std::string exposed{};
};

struct catalog::state {
    std::vector<std::string> backends{};
    std::vector<backend_features> features{};
    std::array<merged_list, 4> lists{}; // by list_kind
    std::vector<template_route> templates{};
    uri_wrapper wrapper{};
    std::vector<bool> wraps{}; // by backend
    // URIs that no list has and that tools mention all the same, by the normal form of how they are exposed, and who did first.
    name_map<route> mentioned{};
    std::string capabilities{};
    std::string instructions{};
    std::vector<hidden_entry> hidden{};
    std::vector<visible_entry> visible{};

    // The texts of the entries at the places that `keep`, which may be null, says true for, as clients of that revision see
    // them.
    [[nodiscard]] std::vector<std::string_view> texts(list_kind kind, list_revision revision,
                                                      const std::vector<bool>* keep) const;
    [[nodiscard]] const merged_list& list(list_kind kind) const noexcept {
        return lists[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] merged_list& list(list_kind kind) noexcept { return lists[static_cast<std::size_t>(kind)]; }
};

} // namespace vmcp
