// ${VAR} and friends: what is filled in, what is reported, and that nothing of it is ever shown.
#include "vmcp/config/expand_env.hpp"

#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;
using testing::Not;

const world& sample() {
    static const world out{
        {{"A", "one"}, {"EMPTY", ""}, {"DOLLAR", "${A}"}, {"BAD", "\xff"}, {"PORT", "4484"}, {"YES", "true"}},
        {{"/run/secret", "s3cret\r\n\n"}, {"conf/near", "near"}, {"/bad", "\xff"}, {"/empty", ""}}};
    return out;
}

std::string instructions(std::string_view value) {
    return sample()
        .good(std::string(test::one_backend) + "instructions: " + std::string(value) + "\n")
        .instructions;
}

TEST(expand_env, fills_in_values) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"${A}", "one"},
        {"x${A}y${A}z", "xoneyonez"},
        {"'${env:A}'", "one"},
        {"${NONE:-two}", "two"},
        {"${A:-two}", "one"},
        {"${EMPTY:-two}", "two"},
        {"x${EMPTY}", "x"},
        {"x${NONE:-}", "x"},
        {"'${NONE:-a:-b $c}'", "a:-b $c"},
        {"${env:NONE:-z}", "z"},
        {"${file:/run/secret}", "s3cret"},
        {"${file:near}", "near"},
        {"x${file:/empty}", "x"},
        {"$$", "$"},
        {"$$$$", "$$"},
        {"$${A}", "${A}"},
        {"$$${A}", "$one"},
        {"$A", "$A"},
        {"a$", "a$"},
        {"${DOLLAR}", "${A}"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(instructions(text), expected) << text;
}

TEST(expand_env, leaves_keys_alone) {
    const auto out = sample().good(std::string(test::one_backend) + "metadata: {'${A}': x}\n");
    EXPECT_EQ(out.metadata.count("${A}"), 1u);
}

TEST(expand_env, fills_in_numbers_and_booleans_quoted_or_not) {
    const auto out = sample().good("backends: [{name: a, url: 'http://h:${PORT}/'}]\n"
                                   "admin: {port: '${PORT}'}\n"
                                   "telemetry:\n  enablePrometheusMetricsPath: ${YES}\n"
                                   "operational: {timeouts: {default: '${NONE:-5s}'}}\n");
    EXPECT_EQ(out.admin.port, 4484);
    EXPECT_EQ(out.backends[0].url, "http://h:4484/");
    EXPECT_TRUE(out.metrics);
    EXPECT_EQ(out.operational.default_timeout, std::chrono::seconds(5));
    EXPECT_THAT(sample().bad(std::string(test::one_backend) + "admin: {port: '4484'}\n"),
                HasSubstr("found '4484'"));
}

TEST(expand_env, reports_everything_that_is_missing_at_once) {
    EXPECT_EQ(
        sample().bad("name: ${NO_1}\n"
                     "backends:\n"
                     "  - name: a\n"
                     "    url: http://${NO_2}/${file:/none}\n"
                     "admin: {port: '${NO_3}'}\n"),
        "conf/vmcp.yaml:1:7: name: environment variable 'NO_1' is not set; set it, or give a default: "
        "${NO_1:-value}\n"
        "conf/vmcp.yaml:4:10: backends[0].url: environment variable 'NO_2' is not set; set it, or give a "
        "default: ${NO_2:-value}\n"
        "conf/vmcp.yaml:4:10: backends[0].url: cannot read file '/none': No such file or directory\n"
        "conf/vmcp.yaml:5:15: admin.port: environment variable 'NO_3' is not set; set it, or give a default: "
        "${NO_3:-value}\n");
}

TEST(expand_env, refuses_malformed_references) {
    const auto problem = [](std::string_view value) {
        return sample().bad(std::string(test::one_backend) + "name: '" + std::string(value) + "'\n");
    };
    EXPECT_THAT(problem("${A"), HasSubstr("without a '}'"));
    EXPECT_THAT(problem("${}"), HasSubstr("must hold NAME"));
    EXPECT_THAT(problem("${A-B}"), HasSubstr("must hold NAME"));
    EXPECT_THAT(problem("${1A}"), HasSubstr("must hold NAME"));
    EXPECT_THAT(problem("${ A }"), HasSubstr("must hold NAME"));
    EXPECT_THAT(problem("${:-x}"), HasSubstr("must hold NAME"));
    EXPECT_THAT(problem("${file:}"), HasSubstr("names no file"));
    EXPECT_THAT(problem("${input:key}"), HasSubstr("asks a person"));
    EXPECT_THAT(problem("${BAD}"), HasSubstr("UTF-8"));
    EXPECT_THAT(problem("${file:/bad}"), HasSubstr("UTF-8"));
}

TEST(expand_env, never_shows_what_was_filled_in) {
    world secret{{{"SECRET", "hunter2"}}, {{"/s", "hunter2"}}};
    for (const std::string_view text :
         {"log: {level: '${SECRET}'}", "admin: {port: '${SECRET}'}",
          "operational: {timeouts: {default: '${file:/s}'}}", "limits: {maxBody: '${SECRET}'}",
          "telemetry: {enablePrometheusMetricsPath: '${SECRET}'}",
          "listener: {allowedOrigins: ['${SECRET}']}", "admin: {address: '${SECRET}'}",
          "passthroughHeaders: ['${SECRET} x']", "incomingAuth: {type: '${SECRET}'}",
          "aggregation: {conflictResolution: '${file:/s}'}"}) {
        const auto problems = secret.bad(std::string(test::one_backend) + std::string(text));
        EXPECT_THAT(problems, Not(HasSubstr("hunter2"))) << text;
        EXPECT_THAT(problems, HasSubstr("vmcp.yaml:2:")) << text;
    }
}

TEST(expand_env, bounds_what_is_filled_in) {
    world large{{}, {{"/large", std::string(1 << 20, 'x')}}};
    std::string text(test::one_backend);
    for (int i = 0; i < 17; ++i)
        text += "k" + std::to_string(i) + ": ${file:/large}\n";
    EXPECT_THAT(large.bad(text),
                HasSubstr("18:6: k16: what is filled in from variables and files is larger"));
    std::string one = std::string(test::one_backend) + "name: ";
    for (int i = 0; i < 100; ++i)
        one += "${file:/large}";
    EXPECT_THAT(large.bad(one), HasSubstr("2:7: name: what is filled in"));
}

TEST(expand_env, records_files_also_when_they_are_missing) {
    const auto out =
        sample().load(std::string(test::one_backend) + "name: ${file:/run/secret}${file:near}${file:near}\n");
    EXPECT_EQ(out.files, (std::vector<std::string>{"conf/vmcp.yaml", "/run/secret", "conf/near"}));
    EXPECT_EQ(out.value->files, out.files);
    EXPECT_EQ(sample().load("name: ${file:/none}\n").files,
              (std::vector<std::string>{"conf/vmcp.yaml", "/none"}));
}

TEST(expand_env, sees_relative_paths_from_the_file) {
    EXPECT_EQ(resolve_path("conf/vmcp.yaml", "x/y"), "conf/x/y");
    EXPECT_EQ(resolve_path("vmcp.yaml", "x"), "x");
    EXPECT_EQ(resolve_path("/etc/vmcp.yaml", "x"), "/etc/x");
    EXPECT_EQ(resolve_path("/etc/vmcp.yaml", "/x"), "/x");
    EXPECT_EQ(resolve_path("-", "x"), "x");
}

TEST(expand_env, knows_text_that_would_be_filled_in) {
    EXPECT_TRUE(has_expansion("${A}"));
    EXPECT_TRUE(has_expansion("$$${"));
    EXPECT_TRUE(has_expansion("$x${A}"));
    EXPECT_FALSE(has_expansion("$${A}"));
    EXPECT_FALSE(has_expansion("$"));
    EXPECT_FALSE(has_expansion(""));
}

} // namespace
} // namespace vmcp
