// The steps in order; each adds to one list of problems.
#include "vmcp/config/read_config.hpp"

#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/machine_problems.hpp"
#include "vmcp/config/settle_config.hpp"
#include "vmcp/config/tree_reader.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

namespace {

void apply(const command_line& given, config& to) {
    if (given.session_ttl)
        to.sessions.ttl = *given.session_ttl;
    if (given.debug)
        to.log.level = "debug";
    to.given = given;
}

} // namespace

loaded_config read_config(config_document document, const config_sources& sources, problem_list earlier) {
    problem_list problems = std::move(earlier);
    problems.file = document.file;
    loaded_config out;
    out.files.push_back(document.file);
    const auto add_files = [&](const std::vector<std::string>& files) {
        for (const auto& file : files) {
            if (std::find(out.files.begin(), out.files.end(), file) == out.files.end())
                out.files.push_back(file);
        }
    };

    add_files(expand_env(document, sources, problems));
    config_draft draft;
    read_tree(document.root, draft, problems);
    problem_list warnings{document.file, {}};
    add_files(settle_config(draft, document, sources, problems, warnings));
    apply(sources.given, draft.out);

    std::erase(out.files, "-");
    problems.sort();
    const bool all_told = !problems.full();
    out.problems = std::move(problems.problems);
    warnings.sort();
    out.warnings = std::move(warnings.problems);
    if (out.problems.empty() || (assign_machine_problems(draft, out.problems) && all_told)) {
        draft.out.files = out.files;
        out.value = std::move(draft.out);
        out.discovery = std::move(draft.discovery);
    }
    return out;
}

} // namespace vmcp
