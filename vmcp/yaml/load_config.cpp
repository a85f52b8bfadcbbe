// Reading the file, then the text.
#include "vmcp/yaml/load_config.hpp"

#include "vmcp/config/read_config.hpp"
#include "vmcp/yaml/read_yaml.hpp"

#include <utility>

namespace vmcp {

loaded_config load_config_text(std::string_view text, const std::string& file,
                               const config_sources& sources) {
    problem_list problems{file, {}};
    config_document document{file, read_yaml(text, problems)};
    // A tree that was not read to its end would cause problems that are none.
    const bool whole = problems.problems.empty() || document.root.kind != node_kind::null;
    if (!whole)
        return {std::nullopt, std::move(problems.problems),
                file == "-" ? std::vector<std::string>{} : std::vector{file}};
    return read_config(std::move(document), sources, std::move(problems));
}

loaded_config load_config(const std::string& path, const config_sources& sources) {
    const auto text = sources.read_file(path);
    if (text)
        return load_config_text(*text, path, sources);
    problem_list problems{path, {}};
    problems.add({}, "", "cannot read the configuration: " + text.error().detail);
    return {std::nullopt, std::move(problems.problems),
            path == "-" ? std::vector<std::string>{} : std::vector{path}};
}

} // namespace vmcp
