// Backends that are programs: what of them nobody may read, and how they are described in the schema.
#include "vmcp/config/json_schema.hpp"
#include "vmcp/config/secrets_of.hpp"

#include "config_fixture.hpp"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::world;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(program, secrets_are_told_by_their_names_and_looks) {
    program_config program;
    program.env = {{"API_KEY", "short"},         {"GITHUB_TOKEN", "t"},
                   {"db_password", "hunter22"},  {"DATABASE_URL", "postgres://u:p@h/d"},
                   {"X", "ghp0123456789abcdef"}, {"NODE_ENV", "production"},
                   {"HOME_DIR", "/home/user"},   {"DEBUG", "true"}};
    EXPECT_THAT(secrets_of_program(program),
                UnorderedElementsAre("short", "t", "hunter22", "postgres://u:p@h/d", "ghp0123456789abcdef"));
    program.env.clear();
    program.args = {
        "-y", "@scope/server-everything@2025.12.18", "--api-key=abc", "--token", "def", "--verbose", "plain"};
    EXPECT_THAT(secrets_of_program(program), UnorderedElementsAre("abc", "def"));
    program.args = {"--token"};
    EXPECT_THAT(secrets_of_program(program), IsEmpty());
}

TEST(program, secrets_are_among_those_that_the_process_knows) {
    const auto read =
        world{{{"KEY", "from-env"}}, {}}.good("mcpServers: {a: {command: x, env: {TOKEN: '${KEY}'}}}");
    EXPECT_THAT(secrets_of(read), Contains("from-env"));
    EXPECT_EQ(read.backends[0].program.env.at("TOKEN"), "from-env");
}

TEST(program, values_of_its_environment_are_in_no_message) {
    EXPECT_THAT(world{}.bad("backends: [{name: a, command: x, env: {A: \"s3cret\\0\"}}]"),
                Not(testing::HasSubstr("s3cret")));
}

TEST(program, or_a_url_is_what_the_schema_wants) {
    const auto schema = nlohmann::json::parse(config_json_schema());
    const auto either = nlohmann::json::parse(R"([{"required": ["url"]}, {"required": ["command"]}])");
    EXPECT_EQ(schema["properties"]["backends"]["items"]["anyOf"], either);
    EXPECT_EQ(schema["properties"]["mcpServers"]["additionalProperties"]["anyOf"], either);
}

TEST(program, folder_is_found_from_the_file) {
    EXPECT_EQ(world{}.good("backends: [{name: a, command: x, cwd: sub}]").backends[0].program.cwd,
              "conf/sub");
}

TEST(program, takes_no_credential_that_is_for_all) {
    const auto read =
        world{}.good("mcpServers: {a: {command: x}}\noutgoingAuth: {default: {type: header_injection, "
                     "headerInjection: {headerName: X-A, headerValue: b}}}");
    EXPECT_EQ(read.backends[0].auth, auth_strategy{});
}

} // namespace
} // namespace vmcp
