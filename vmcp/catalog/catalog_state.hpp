// The content of a catalog: filled by merge.cpp, read by catalog.cpp, seen by nobody else.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/uri_template.hpp"
#include "vmcp/catalog/uri_wrap.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vmcp {

struct merged_list {
    rendered_list pages{};
    name_map<route> routes{}; // by exposed name
    // Of URIs that are not written in their normal form (uri_normal.hpp): that form, and the exposed one.
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
    // URIs that no list has and that tools mention all the same, by their normal form: who did first, and how it wrote them.
    struct mention {
        std::uint32_t backend = 0;
        std::string uri{};
    };
    name_map<mention> mentioned{};
    std::string capabilities{};
    std::string instructions{};
    std::vector<hidden_entry> hidden{};
    std::vector<visible_entry> visible{};

    [[nodiscard]] const merged_list& list(list_kind kind) const noexcept {
        return lists[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] merged_list& list(list_kind kind) noexcept { return lists[static_cast<std::size_t>(kind)]; }
};

} // namespace vmcp
