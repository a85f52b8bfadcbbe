#include "vmcp/catalog/catalog.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/catalog_state.hpp"

#include <algorithm>

namespace vmcp {
namespace {

const route* find(const name_map<route>& routes, std::string_view name) noexcept {
    const auto found = routes.find(name);
    return found == routes.end() ? nullptr : &found->second;
}

route route_to(std::uint32_t backend, std::string_view original, bool renamed) {
    return {.backend = backend,
            .original = std::string(original),
            .quoted_original = vmcp::quoted(original),
            .renamed = renamed};
}

// A lookup spends at most this on the templates of one backend (some milliseconds): a backend with many
// templates made to be slow to match loses its own, and delays the others little.
constexpr std::size_t match_budget = 256 * 1024;

const template_route* match(const std::vector<template_route>& templates, std::string_view uri) {
    for (const auto mode : {template_match::strict, template_match::lenient}) {
        std::size_t spent = 0;
        std::uint32_t backend = 0;
        for (const auto& candidate : templates) {
            if (candidate.backend != backend)
                spent = 0;
            backend = candidate.backend;
            const std::size_t cost = candidate.pattern.cost(uri);
            if (cost == 0 || spent > match_budget)
                continue;
            spent += cost;
            if (candidate.pattern.matches(uri, mode))
                return &candidate;
        }
    }
    return nullptr;
}

} // namespace

catalog::catalog(std::unique_ptr<const state> s) : state_(std::move(s)) {
}

catalog::~catalog() = default;

const std::vector<std::string>& catalog::backends() const noexcept {
    return state_->backends;
}

const backend_features& catalog::features(std::uint32_t backend) const noexcept {
    return state_->features[backend];
}

const rendered_list& catalog::list(list_kind kind) const noexcept {
    return state_->list(kind).pages;
}

std::span<const visible_entry> catalog::visible(list_kind kind) const noexcept {
    const auto of_kind = std::ranges::equal_range(state_->visible, kind, {}, &visible_entry::kind);
    return {of_kind.begin(), of_kind.end()};
}

const route* catalog::find_tool(std::string_view exposed) const noexcept {
    return find(state_->list(list_kind::tools).routes, exposed);
}

const route* catalog::find_prompt(std::string_view exposed) const noexcept {
    return find(state_->list(list_kind::prompts).routes, exposed);
}

std::optional<route> catalog::find_resource(std::string_view uri) const {
    if (const route* listed = find(state_->list(list_kind::resources).routes, uri))
        return *listed;
    const auto wrapped = state_->wrapper.unwrap(uri);
    if (!wrapped || !state_->wraps[wrapped->first]) // else a template like {+uri} would take what we wrapped
        if (const auto* owner = match(state_->templates, uri))
            return route_to(owner->backend, uri, false);
    if (wrapped)
        return route_to(wrapped->first, wrapped->second, true);
    return std::nullopt;
}

const route* catalog::find_template(std::string_view exposed) const noexcept {
    if (const route* found = find(state_->list(list_kind::templates).routes, exposed))
        return found;
    return find(state_->list(list_kind::resources).routes, exposed);
}

std::string catalog::expose_uri(std::uint32_t backend, std::string_view uri) const {
    if (!wraps_uris(backend) || !uri_wrapper::wrappable(uri))
        return std::string(uri);
    const auto leads_to = find_resource(uri);
    if (!leads_to || (leads_to->backend == backend && leads_to->original == uri))
        return std::string(uri);
    return state_->wrapper.wrap(backend, uri);
}

bool catalog::wraps_uris(std::uint32_t backend) const noexcept {
    return state_->wraps[backend];
}

const std::string& catalog::capabilities() const noexcept {
    return state_->capabilities;
}

const std::string& catalog::instructions() const noexcept {
    return state_->instructions;
}

const std::vector<hidden_entry>& catalog::hidden() const noexcept {
    return state_->hidden;
}

const std::vector<visible_entry>& catalog::visible() const noexcept {
    return state_->visible;
}

} // namespace vmcp
