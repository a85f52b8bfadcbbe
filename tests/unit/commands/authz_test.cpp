// vmcp authz explain on the example, and what is wrong with policies told by vmcp validate.
#include "vmcp/program/commands/authz.hpp"

#include "source_dir.hpp"
#include "vmcp/program/commands/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace vmcp {
namespace {

using testing::HasSubstr;

struct said {
    exit_code code = exit_code::ok;
    std::string out{};
    std::string err{};
};

said vmcp_says(std::vector<std::string> args) {
    said result;
    CLI::App program("", "vmcp");
    program.require_subcommand(1);
    auto outcome = exit_code::ok;
    const auto globals = add_global_options(program);
    add_validate(program, outcome, globals);
    add_authz(program, outcome, globals);
    std::vector<const char*> words{"vmcp"};
    for (const auto& one : args)
        words.push_back(one.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    result.code = parse_and_run(program, static_cast<int>(words.size()), words.data(), outcome);
    result.out = testing::internal::GetCapturedStdout();
    result.err = testing::internal::GetCapturedStderr();
    return result;
}

const std::string example = VMCP_SOURCE_DIR "/examples/policies.yaml";

class authz_command : public testing::Test {
protected:
    void SetUp() override {
        if (vmcp_says({"validate", example}).err.find("VMCP_WITH_CEDAR=OFF") != std::string::npos)
            GTEST_SKIP() << "built without the engine";
    }

    // Of alice, about the example.
    static said explain(std::vector<std::string> more) {
        std::vector<std::string> args{"authz", "explain", "--config", example, "--subject", "alice"};
        args.insert(args.end(), more.begin(), more.end());
        return vmcp_says(args);
    }
};

TEST_F(authz_command, the_example_has_no_mistakes_and_nothing_to_warn_of) {
    const auto result = vmcp_says({"validate", example});
    EXPECT_EQ(result.code, exit_code::ok) << result.err;
    EXPECT_EQ(result.err, "");
}

TEST_F(authz_command, says_which_policies_decided) {
    auto result = explain({"--tool", "notes_add"});
    EXPECT_EQ(result.code, exit_code::failed);
    EXPECT_EQ(result.out, "denied: Client::\"alice\", Action::\"call_tool\", Tool::\"notes_add\"\n"
                          "  no policy permits it\n");
    result = explain({"--tool", "notes_add", "--annotations", R"({"readOnlyHint":true})"});
    EXPECT_EQ(result.code, exit_code::ok);
    EXPECT_THAT(result.out, HasSubstr("allowed: "));
    EXPECT_THAT(result.out, HasSubstr("policies[0] permits it: permit(principal, action"));
    const std::string admin = R"({"groups":["admins"]})";
    EXPECT_THAT(explain({"--prompt", "p", "--claims", admin}).out, HasSubstr("policies[1] permits it"));
    EXPECT_THAT(explain({"--resource", "a:b", "--claims", admin}).out, HasSubstr(R"(Resource::"a:b")"));
    result = explain(
        {"--tool", "weather_get_forecast", "--claims", admin, "--arguments", R"({"city":"Atlantis"})"});
    EXPECT_EQ(result.code, exit_code::failed);
    EXPECT_THAT(result.out, HasSubstr("policies[2] decided: forbid(principal"));
}

TEST_F(authz_command, wrong_words_are_told) {
    EXPECT_EQ(explain({}).code, exit_code::usage);
    EXPECT_EQ(explain({"--tool", "a", "--prompt", "b"}).code, exit_code::usage);
    EXPECT_THAT(explain({"--tool", "a", "--claims", "[1]"}).err,
                HasSubstr("--claims: must be a JSON object"));
    EXPECT_THAT(explain({"--tool", "a", "--arguments", "{"}).err,
                HasSubstr("--arguments: must be a JSON object"));
    EXPECT_THAT(explain({"--tol", "a"}).err,
                HasSubstr("authz explain: unknown flag '--tol'; did you mean '--tool'?"));
    EXPECT_THAT(vmcp_says({"authz", "explain", "--subject", "a", "--tool", "t"}).err,
                HasSubstr("authz explain needs a configuration: vmcp authz explain FILE"));
    EXPECT_EQ(vmcp_says({"authz"}).code, exit_code::usage);
}

TEST_F(authz_command, validate_says_where_a_policy_is_wrong) {
    const auto path = testing::TempDir() + "vmcp_authz_" + std::to_string(::getpid()) + ".yaml";
    std::ofstream(path) << "backends: [{name: a, url: 'http://h/mcp'}]\n"
                           "incomingAuth:\n"
                           "  authz:\n"
                           "    type: cedar\n"
                           "    policies:\n"
                           "      - permit(principal, action, resource);\n"
                           "      - |\n"
                           "        permit(principal,\n"
                           "          action resource);\n";
    const auto result = vmcp_says({"validate", path});
    std::remove(path.c_str());
    EXPECT_EQ(result.code, exit_code::usage);
    EXPECT_THAT(result.err,
                HasSubstr(path + ":7:9: incomingAuth.authz.policies[1]: line 2, column 10 of the policy: "));
}

} // namespace
} // namespace vmcp
