#include "vmcp/catalog/catalog.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/uri_normal.hpp"
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

route fitting(std::uint32_t backend, std::string_view uri) {
    auto out = route_to(backend, uri, false);
    out.by_template = true;
    return out;
}

// A lookup spends at most this on the templates of one backend (some milliseconds): a backend with many
// templates made to be slow to match loses its own, and delays the others little.
constexpr std::size_t match_budget = 256 * 1024;

// The most specific one that fits; of equals the first.
const template_route* match(const std::vector<template_route>& templates, std::string_view uri) {
    for (const auto mode : {template_match::strict, template_match::lenient}) {
        std::size_t spent = 0;
        std::uint32_t backend = 0;
        const template_route* best = nullptr;
        for (const auto& candidate : templates) {
            if (candidate.backend != backend)
                spent = 0;
            backend = candidate.backend;
            const std::size_t cost = candidate.pattern.cost(uri);
            if (cost == 0 || spent > match_budget ||
                (best != nullptr && candidate.pattern.specificity() <= best->pattern.specificity()))
                continue;
            spent += cost;
            if (candidate.pattern.matches(uri, mode))
                best = &candidate;
        }
        if (best != nullptr)
            return best;
    }
    return nullptr;
}

// A listed URI in any spelling, or one that a tool mentions.
const route* find_known(const catalog::state& s, std::string_view uri) {
    const auto& list = s.list(list_kind::resources);
    if (const route* exact = find(list.routes, uri))
        return exact;
    const auto normal = s.wrapper.normal(uri);
    if (const auto known = list.by_normal_form.find(normal); known != list.by_normal_form.end())
        return find(list.routes, known->second);
    if (const route* listed = find(list.routes, normal))
        return listed;
    return find(s.mentioned, normal);
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

std::vector<std::string_view> catalog::state::texts(list_kind kind, list_revision revision,
                                                    const std::vector<bool>* keep) const {
    const auto& from = list(kind);
    const auto& usual = from.pages.entries();
    const auto& revised = from.revised[static_cast<std::size_t>(revision)];
    std::vector<std::string_view> out;
    out.reserve(usual.size());
    auto other = revised.begin();
    for (std::size_t place = 0; place < usual.size() + from.withheld.size(); ++place) {
        auto text = place < usual.size() ? usual[place] : std::string_view();
        if (other != revised.end() && other->place == place)
            text = (other++)->text;
        if (!text.empty() && (keep == nullptr || (*keep)[place]))
            out.push_back(text);
    }
    return out;
}

const rendered_list& catalog::list(list_kind kind, list_revision revision) const noexcept {
    const auto& from = state_->list(kind);
    const auto& revised = from.revised_pages[static_cast<std::size_t>(revision)];
    return revised ? *revised : from.pages;
}

bool catalog::differs(list_kind kind, list_revision revision) const noexcept {
    return state_->list(kind).revised_pages[static_cast<std::size_t>(revision)] != nullptr;
}

std::span<const visible_entry> catalog::withheld(list_kind kind) const noexcept {
    return state_->list(kind).withheld;
}

const visible_entry& catalog::entry(list_kind kind, std::size_t place) const noexcept {
    const auto usual = visible(kind);
    return place < usual.size() ? usual[place] : state_->list(kind).withheld[place - usual.size()];
}

std::string_view catalog::entry_text(list_kind kind, std::size_t place,
                                     list_revision revision) const noexcept {
    const auto& from = state_->list(kind);
    const auto revised = [&](const std::vector<revised_text>& texts) {
        const auto found = std::ranges::lower_bound(texts, place, {}, &revised_text::place);
        return found != texts.end() && found->place == place ? std::string_view(found->text)
                                                             : std::string_view();
    };
    if (const auto text = revised(from.revised[static_cast<std::size_t>(revision)]); !text.empty())
        return text;
    if (place < from.pages.entries().size())
        return from.pages.entries()[place];
    for (const auto& texts : from.revised)
        if (const auto text = revised(texts); !text.empty())
            return text;
    return {};
}

std::vector<std::string_view> catalog::texts(list_kind kind, list_revision revision,
                                             const std::vector<bool>& keep) const {
    return state_->texts(kind, revision, &keep);
}

std::size_t catalog::bytes() const noexcept {
    std::size_t sum = 0;
    for (const auto& one : state_->lists) {
        sum += one.pages.bytes();
        for (const auto& list : one.revised_pages)
            sum += list ? list->bytes() : 0;
        for (const auto& texts : one.revised)
            for (const auto& text : texts)
                sum += sizeof(text) + text.text.size();
    }
    return sum;
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
    if (const route* known = find_known(*state_, uri))
        return *known;
    const auto wrapped = state_->wrapper.unwrap(uri);
    // A template like {+uri} would take what we wrapped.
    if (!wrapped || !state_->wraps[wrapped->first])
        if (const auto* owner = match(state_->templates, uri);
            owner != nullptr && (!wrapped || uri_wrapper::looks_wrapped(owner->exposed)))
            return fitting(owner->backend, uri);
    if (!wrapped)
        return std::nullopt;
    // Of what is listed without a wrapped form it is another spelling.
    if (const route* known = find_known(*state_, wrapped->second);
        known != nullptr && known->backend == wrapped->first && !known->renamed)
        return *known;
    return route_to(wrapped->first, wrapped->second, true);
}

std::vector<std::string> catalog::names_of(const route& to) const {
    if (to.entry != route::not_listed)
        return {entry(list_kind::resources, to.entry).exposed};
    std::vector<std::string> names{to.by_template ? to.original : expose_uri(to.backend, to.original)};
    const auto& exposed = names.front();
    if (const route* known = to.by_template ? nullptr : find_known(*state_, exposed);
        known != nullptr && known->backend == to.backend && known->original == to.original)
        return names;
    if (auto normal = state_->wrapper.normal(exposed); normal != exposed)
        names.push_back(std::move(normal));
    return names;
}

const route* catalog::find_template(std::string_view exposed) const noexcept {
    if (const route* found = find(state_->list(list_kind::templates).routes, exposed))
        return found;
    return find(state_->list(list_kind::resources).routes, exposed);
}

std::string catalog::expose_uri(std::uint32_t backend, std::string_view uri) const {
    const auto to = find_resource(uri);
    return to ? expose_uri(backend, uri, *to) : std::string(uri);
}

std::string catalog::expose_uri(std::uint32_t backend, std::string_view uri, const route& to) const {
    return to.backend == backend && same_uri(to.original, uri) ? std::string(uri) : wrapped_uri(backend, uri);
}

std::string catalog::wrapped_uri(std::uint32_t backend, std::string_view uri) const {
    return uri_wrapper::wrappable(uri) ? state_->wrapper.wrap(backend, uri) : std::string(uri);
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
