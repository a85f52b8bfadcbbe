// Comparison of backend definitions.
#include "health/membership.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace health {
namespace {

using definitions = std::map<std::string_view, const vmcp::backend_config*>;

definitions by_name(const std::vector<vmcp::backend_config>& backends) {
    definitions index;
    for (const vmcp::backend_config& one : backends)
        index.emplace(one.name, &one);
    return index;
}

std::string joined(const std::vector<definition_part>& parts) {
    std::string text;
    for (const definition_part part : parts)
        text.append(text.empty() ? "" : ", ").append(name_of(part));
    return text;
}

void append_group(std::string& out, std::string_view verb, const std::vector<std::string>& names) {
    if (names.empty())
        return;
    out.append(out.empty() ? "" : "; ").append(verb);
    for (std::size_t i = 0; i < names.size(); ++i)
        out.append(i == 0 ? " " : ", ").append(names[i]);
}

std::vector<std::string> with_parts(const std::vector<backend_change>& changes) {
    std::vector<std::string> texts;
    for (const backend_change& one : changes)
        texts.push_back(one.name + " (" + joined(one.parts) + ")");
    return texts;
}

} // namespace

std::string_view name_of(definition_part part) noexcept {
    switch (part) {
    case definition_part::url:
        return "url";
    case definition_part::transport:
        return "transport";
    case definition_part::program:
        return "program";
    case definition_part::ca:
        return "ca";
    case definition_part::auth:
        return "auth";
    case definition_part::headers:
        return "headers";
    case definition_part::limits:
        return "limits";
    case definition_part::sessions:
        return "sessions";
    case definition_part::era:
        return "era";
    case definition_part::metadata:
        return "metadata";
    case definition_part::problem:
        return "problem";
    }
    return "";
}

bool replaces(definition_part part) noexcept {
    switch (part) {
    case definition_part::url:
    case definition_part::transport:
    case definition_part::program:
    case definition_part::ca:
    case definition_part::auth:
    case definition_part::headers:
    case definition_part::sessions:
    case definition_part::era:
    case definition_part::problem:
        return true;
    case definition_part::limits:
    case definition_part::metadata:
        return false;
    }
    return true;
}

std::vector<definition_part> changed_parts(const vmcp::backend_config& from, const vmcp::backend_config& to) {
    std::vector<definition_part> parts;
    const auto note = [&](bool differs, definition_part part) {
        if (differs)
            parts.push_back(part);
    };
    note(from.url != to.url, definition_part::url);
    note(from.transport != to.transport, definition_part::transport);
    note(from.program != to.program, definition_part::program);
    note(from.ca_bundle != to.ca_bundle, definition_part::ca);
    note(from.auth != to.auth, definition_part::auth);
    note(from.headers != to.headers, definition_part::headers);
    note(from.max_concurrency != to.max_concurrency || from.max_queue != to.max_queue ||
             from.timeout != to.timeout,
         definition_part::limits);
    note(from.sessions != to.sessions, definition_part::sessions);
    note(from.era != to.era, definition_part::era);
    note(from.metadata != to.metadata, definition_part::metadata);
    note(from.problem != to.problem, definition_part::problem);
    return parts;
}

membership_change compare(const std::vector<vmcp::backend_config>& before,
                          const std::vector<vmcp::backend_config>& after) {
    const definitions old = by_name(before);
    const definitions fresh = by_name(after);
    membership_change change;
    std::vector<std::string_view> staying_before;
    std::vector<std::string_view> staying_after;
    for (const vmcp::backend_config& one : before) {
        if (fresh.contains(one.name))
            staying_before.push_back(one.name);
        else
            change.removed.push_back(one.name);
    }
    for (const vmcp::backend_config& one : after) {
        const auto found = old.find(one.name);
        if (found == old.end()) {
            change.added.push_back(one.name);
            continue;
        }
        staying_after.push_back(one.name);
        auto parts = changed_parts(*found->second, one);
        if (parts.empty())
            change.untouched.push_back(one.name);
        else if (std::any_of(parts.begin(), parts.end(), replaces))
            change.replaced.push_back({one.name, std::move(parts)});
        else
            change.adjusted.push_back({one.name, std::move(parts)});
    }
    change.reordered = staying_before != staying_after;
    return change;
}

std::string describe(const membership_change& change) {
    std::string text;
    append_group(text, "added", change.added);
    append_group(text, "removed", change.removed);
    append_group(text, "replaced", with_parts(change.replaced));
    append_group(text, "adjusted", with_parts(change.adjusted));
    if (change.reordered)
        text.append(text.empty() ? "" : "; ").append("order changed");
    return text.empty() ? "no change" : text;
}

} // namespace health
