#include "vmcp/cluster/key_document.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/config/settle_config.hpp"
#include "vmcp/config/tree_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

using nlohmann::json;

config_node node_of(const json& value) {
    config_node out;
    out.expanded = true; // never shown
    if (value.is_object()) {
        out.kind = node_kind::mapping;
        for (const auto& [key, one] : value.items())
            out.members.push_back({.key = key, .value = node_of(one)});
    } else if (value.is_array()) {
        out.kind = node_kind::sequence;
        for (const auto& one : value)
            out.items.push_back(node_of(one));
    } else if (!value.is_null()) {
        out.kind = node_kind::scalar;
        out.quoted = value.is_string();
        out.text = value.is_string() ? value.get<std::string>() : value.dump();
    }
    return out;
}

key_document read_keys(const json& document, const std::map<std::string, std::string>& files) {
    const config_document whole{"-", node_of(document)};
    const config_sources sources{.environment = [](std::string_view) { return std::optional<std::string>(); },
                                 .read_file = [&files](const std::string& path) -> result<std::string> {
                                     const auto found = files.find(path);
                                     if (found == files.end())
                                         return fail(errc::io, "there is none");
                                     return found->second;
                                 }};
    problem_list problems{"-", {}};
    problem_list warnings{"-", {}};
    config_draft draft;
    read_tree(whole.root, draft, problems);
    (void)settle_config(draft, whole, sources, problems, warnings);
    const bool all_told = !problems.full();
    return {std::move(draft.out), std::move(problems.problems), all_told};
}

std::string problem_at(const key_document& read, std::string_view key) {
    for (const auto& problem : read.problems) {
        const std::string_view at = problem.key;
        if (!at.starts_with(key))
            continue;
        auto rest = at.substr(key.size());
        if (!rest.empty() && rest.front() != '.' && rest.front() != '[')
            continue; // b1 is no part of b10
        if (rest.starts_with('.'))
            rest.remove_prefix(1);
        // Keys are whatever stands in the object, and may be as long as that.
        constexpr std::size_t longest = 300;
        const auto message = excerpt_of(problem.message, {}, longest);
        return rest.empty() ? message : fmt::format("{}: {}", excerpt_of(rest), message);
    }
    return {};
}

} // namespace vmcp
