// Puts a catalog together: plans each list, rewrites the entries whose name changes, renders the pages.
#include "vmcp/base/gather.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/uri_normal.hpp"
#include "vmcp/catalog/catalog_state.hpp"
#include "vmcp/catalog/entry_rewrite.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/merge_plan.hpp"
#include "vmcp/catalog/read_page.hpp"
#include "vmcp/catalog/uri_walk.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <iterator>
#include <unordered_map>

namespace vmcp {
namespace {

// A read of a URI that no list names goes through all templates; one backend must not make that slow for all.
constexpr std::size_t max_matched_templates = 1000; // per backend

merge_input order_lists(const config& settings, const std::vector<std::string>& backends,
                        const std::vector<const backend_lists*>& lists) {
    std::unordered_map<std::string_view, const backend_lists*> by_name;
    for (const auto* one : lists)
        by_name.emplace(one->backend, one);
    merge_input input{settings, backends};
    for (const auto& name : backends) {
        const auto found = by_name.find(name);
        input.lists.push_back(found == by_name.end() ? nullptr : found->second);
    }
    return input;
}

merge_plan plan_of(const merge_input& input, list_kind kind, const uri_wrapper& wrapper) {
    switch (kind) {
    case list_kind::tools:
        return plan_tools(input);
    case list_kind::prompts:
        return plan_prompts(input);
    case list_kind::resources:
    case list_kind::templates:
        break;
    }
    return plan_uris(input, kind, wrapper);
}

// The entry as the client reads it, only where it differs from what the backend wrote. False: the entry is no
// object with the member it is known by.
bool rewrite(const placement& entry, list_kind kind, std::optional<std::string>& changed) {
    if (entry.changes == nullptr && entry.exposed == entry.item->key)
        return true;
    const std::string name = vmcp::quoted(entry.exposed);
    changed = entry.changes != nullptr ? rewrite_tool(entry.raw, name, *entry.changes)
                                       : replace_member(entry.raw, spec_of(kind).key, name);
    return changed.has_value();
}

class builder {
public:
    builder(catalog::state& out, const merge_input& input) : out_(out), input_(input) {}

    void run() {
        for (std::size_t i = 0; i < input_.lists.size(); ++i) {
            const auto* lists = input_.lists[i];
            out_.backends.push_back(input_.backends[i]);
            out_.features.push_back(lists == nullptr ? backend_features{}
                                                     : read_features(lists->capabilities));
        }
        out_.wrapper = uri_wrapper(out_.backends);
        out_.wraps.assign(out_.backends.size(), false);
        out_.capabilities = gateway_capabilities();
        out_.instructions = instructions();
        report_dropped();
        // Tools mention resources: those are placed first.
        for (const list_kind kind :
             {list_kind::resources, list_kind::templates, list_kind::tools, list_kind::prompts})
            add_list(kind);
        note_overlaps();
        for (auto& of_kind : visible_)
            out_.visible.insert(out_.visible.end(), std::make_move_iterator(of_kind.begin()),
                                std::make_move_iterator(of_kind.end()));
    }

private:
    std::string instructions() const {
        std::vector<instruction_source> sources;
        for (std::size_t i = 0; i < input_.lists.size(); ++i)
            if (input_.lists[i] != nullptr)
                sources.push_back({out_.backends[i], input_.lists[i]->instructions});
        return merge_instructions(input_.settings.instructions, sources);
    }

    void report_dropped() {
        for (std::size_t i = 0; i < input_.lists.size(); ++i)
            if (input_.lists[i] != nullptr)
                for (const auto& entry : input_.lists[i]->dropped)
                    out_.hidden.push_back({entry.kind, out_.backends[i], entry.name, entry.reason});
    }

    void add_list(list_kind kind) {
        merge_plan plan = plan_of(input_, kind, out_.wrapper);
        std::deque<std::string> rewritten; // keeps its elements in place
        std::vector<std::string_view> entries;
        entries.reserve(plan.shown.size());
        out_.list(kind).routes.reserve(plan.shown.size());
        for (auto& entry : plan.shown) {
            std::optional<std::string> changed;
            if (!rewrite(entry, kind, changed)) {
                plan.hidden.push_back(
                    {kind, out_.backends[entry.backend], entry.item->key,
                     fmt::format("it is not a JSON object with a member \"{}\"", spec_of(kind).key)});
                continue;
            }
            if (kind == list_kind::tools)
                expose_mentioned(entry, changed);
            if (changed)
                entries.push_back(rewritten.emplace_back(*std::move(changed)));
            else
                entries.push_back(entry.raw);
            add_entry(kind, entry, static_cast<std::uint32_t>(entries.size() - 1));
        }
        out_.hidden.insert(out_.hidden.end(), std::make_move_iterator(plan.hidden.begin()),
                           std::make_move_iterator(plan.hidden.end()));
        out_.list(kind).pages = rendered_list(kind, entries, input_.settings.limits.page_size);
    }

    // Pages that a tool names (MCP Apps: `_meta.ui.resourceUri`) belong to the tool's backend, whoever else names one alike.
    void expose_mentioned(const placement& entry, std::optional<std::string>& changed) {
        const std::string_view raw = changed ? std::string_view(*changed) : entry.raw;
        const auto meta = json_member(raw, "_meta", list_json_depth);
        if (meta.kind != json_kind::object || !may_mention_uris(meta.raw))
            return;
        const auto exposed = with_uris(meta.raw, references::pages, [&](const std::string& uri) {
            return exposed_mention(entry.backend, uri);
        });
        if (!exposed)
            return;
        splice text(raw);
        text.replace(meta.raw, *exposed);
        changed = text.pieces().str();
    }

    std::string exposed_mention(std::uint32_t backend, const std::string& uri) {
        const auto normal = out_.wrapper.normal(uri);
        const auto listed = owner_of_listed(uri, normal);
        const auto owner = listed ? *listed : mention(normal, backend, uri, false);
        if (owner == backend || !uri_wrapper::wrappable(uri))
            return uri;
        out_.wraps[backend] = true;
        auto exposed = out_.wrapper.wrap(backend, uri);
        mention(out_.wrapper.normal(exposed), backend, uri, true);
        return exposed;
    }

    // Who mentioned it first.
    std::uint32_t mention(std::string normal, std::uint32_t backend, const std::string& uri, bool wrapped) {
        return out_.mentioned.emplace(std::move(normal), route{backend, uri, vmcp::quoted(uri), wrapped})
            .first->second.backend;
    }

    std::optional<std::uint32_t> owner_of_listed(const std::string& uri, const std::string& normal) const {
        const auto& list = out_.list(list_kind::resources);
        for (const auto& spelling : {uri, normal})
            if (const auto found = list.routes.find(spelling); found != list.routes.end())
                return found->second.backend;
        const auto found = list.by_normal_form.find(normal);
        if (found == list.by_normal_form.end())
            return std::nullopt;
        return list.routes.find(found->second)->second.backend;
    }

    void add_entry(list_kind kind, placement& entry, std::uint32_t place) {
        const auto& original = entry.item->key;
        const bool renamed = entry.exposed != original;
        if (!entry.mended.empty())
            entry.note.append(entry.note.empty() ? "mended: " : "; mended: ").append(entry.mended);
        if (renamed && (kind == list_kind::resources || kind == list_kind::templates))
            out_.wraps[entry.backend] = true;
        if (kind == list_kind::templates && !renamed)
            add_template(entry);
        if (kind == list_kind::resources)
            if (auto normal = out_.wrapper.normal(entry.exposed); normal != entry.exposed)
                out_.list(kind).by_normal_form.emplace(std::move(normal), entry.exposed);
        out_.list(kind).routes.emplace(
            entry.exposed, route{entry.backend, original, vmcp::quoted(original), renamed, place});
        visible_[static_cast<std::size_t>(kind)].push_back({kind, std::move(entry.exposed),
                                                            out_.backends[entry.backend], original,
                                                            std::move(entry.note), !entry.mended.empty()});
    }

    void add_template(placement& entry) {
        if (templates_of_.size() <= entry.backend)
            templates_of_.resize(entry.backend + std::size_t{1});
        if (++templates_of_[entry.backend] > max_matched_templates) {
            entry.note =
                fmt::format("listed, but URIs are not matched against it: only the first {} templates "
                            "of a backend are",
                            max_matched_templates);
            return;
        }
        auto pattern = uri_template::parse(entry.exposed);
        if (!pattern) {
            entry.note =
                fmt::format("listed, but URIs are not matched against it: {}", pattern.error().detail);
            return;
        }
        out_.templates.push_back({*std::move(pattern), entry.backend, entry.exposed});
    }

    // A template that fits what another backend's template is for: both rows say who gets what.
    void note_overlaps() {
        constexpr std::size_t most_greedy = 16;
        std::size_t greedy = 0;
        for (const auto& wide : out_.templates) {
            if (wide.pattern.specificity() >= least_specific || greedy++ >= most_greedy)
                continue;
            for (const auto& narrow : out_.templates) {
                if (narrow.backend == wide.backend ||
                    narrow.pattern.specificity() <= wide.pattern.specificity() ||
                    !wide.pattern.matches(narrow.pattern.sample(), template_match::strict))
                    continue;
                add_note(wide, fmt::format(
                                   "\"{}\" of backend \"{}\" is more specific and gets the URIs that fit it",
                                   narrow.exposed, out_.backends[narrow.backend]));
                add_note(narrow,
                         fmt::format("\"{}\" of backend \"{}\" fits its URIs too and is less specific",
                                     wide.exposed, out_.backends[wide.backend]));
            }
        }
    }

    void add_note(const template_route& route, const std::string& text) {
        constexpr std::size_t longest = 2000;
        for (auto& entry : visible_[static_cast<std::size_t>(list_kind::templates)])
            if (entry.exposed == route.exposed && entry.note.size() < longest)
                entry.note.append(entry.note.empty() ? "" : "; ").append(text);
    }

    // Templates that say less than a scheme and some letters of what they are for.
    static constexpr std::size_t least_specific = 8;

    catalog::state& out_;
    const merge_input& input_;
    std::vector<std::size_t> templates_of_{};                                 // by backend
    std::array<std::vector<visible_entry>, all_list_kinds.size()> visible_{}; // by list_kind
};

std::shared_ptr<const catalog> build(const merge_input& input) {
    auto state = std::make_unique<catalog::state>();
    builder(*state, input).run();
    return std::make_shared<const catalog>(std::move(state));
}

} // namespace

std::shared_ptr<const catalog> merge(const config& settings, const std::vector<std::string>& backends,
                                     const list_refs& lists) {
    std::vector<const backend_lists*> refs;
    refs.reserve(lists.size());
    for (const auto& one : lists)
        refs.push_back(one.get());
    return build(order_lists(settings, backends, refs));
}

std::shared_ptr<const catalog> merge(const config& settings, const std::vector<backend_lists>& lists) {
    std::vector<std::string> backends;
    backends.reserve(settings.backends.size());
    for (const auto& one : settings.backends)
        backends.push_back(one.name);
    std::vector<const backend_lists*> refs;
    refs.reserve(lists.size());
    for (const auto& one : lists)
        refs.push_back(&one);
    return build(order_lists(settings, backends, refs));
}

} // namespace vmcp
