// What is wrong with a configuration and where; and the two ways in which reading one touches the world.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/config/config_node.hpp"
#include "vmcp/config/discovery_settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// One mistake. `key` is the path of the key (`backends[0].url`), empty where the whole file is meant. The
// message says what was expected; it never holds a secret or a value that came from the environment or a
// file.
struct config_problem {
    std::string file{};
    text_position at{};
    std::string key{};
    std::string message{};
    // The text is fine; what is not is a variable or a file that it names, on this machine, now.
    bool of_machine = false;
    friend bool operator==(const config_problem&, const config_problem&) = default;
};

// Collects the problems of one file.
struct problem_list {
    std::string file{};
    std::vector<config_problem> problems{};

    // Beyond 1,000 problems nothing more is kept: the file is of another kind.
    void add(text_position at, std::string key, std::string message, bool of_machine = false);
    [[nodiscard]] bool full() const noexcept { return problems.size() >= 1'000; }
    // In the order of the file; of several problems at one place the first stays first.
    void sort();
};

// "vmcp.yaml:12:5: backends[0].url: the port must be ...".
[[nodiscard]] std::string format_problem(const config_problem& problem);

// "vmcp.yaml:12:5: warning: backends[0].url: ...".
[[nodiscard]] std::string format_warning(const config_problem& problem);

// One line per problem, each ended by '\n'.
[[nodiscard]] std::string format_problems(const std::vector<config_problem>& problems);

// A configuration, or problems, or both: then each of the problems is one of this machine and costs some backends only,
// which say so (backend_config::problem). `warnings` are no problems: what is valid and hardly meant. `files` are all files
// that were read or asked for, also when there are problems, so that a watcher notices the repair; `value->files` is the
// same list.
struct loaded_config {
    std::optional<config> value{};
    std::vector<config_problem> problems{};
    std::vector<std::string> files{};
    std::vector<config_problem> warnings{};
    discovery_settings discovery{}; // with `value`

    [[nodiscard]] explicit operator bool() const noexcept { return value.has_value(); }
};

// What the policy engine has to say of incomingAuth.authz.
struct policy_remark {
    std::optional<std::size_t> policy{}; // its index; nothing: not about one of them
    std::string message{};
    bool warning = false;
    friend bool operator==(const policy_remark&, const policy_remark&) = default;
};

// Where values outside the text come from; tests pass their own, the program passes system_sources().
struct config_sources {
    // The value of an environment variable, or nothing when it is not set.
    std::function<std::optional<std::string>(std::string_view name)> environment{};
    // The whole content of a file; "-" is standard input. A failure's detail says why, without the path.
    std::function<result<std::string>(const std::string& path)> read_file{};
    // What wins over the text.
    command_line given{};
    // Compiles the policies of a configuration that has some; without it they are taken as they stand.
    std::function<std::vector<policy_remark>(const config& settings)> check_policies{};
};

} // namespace vmcp
