// What is said about a wrong command line, and options before and behind the commands.
#include "vmcp/program/commands/command_line.hpp"

#include "vmcp/program/commands/call.hpp"
#include "vmcp/program/commands/init.hpp"
#include "vmcp/program/commands/inspect.hpp"
#include "vmcp/program/commands/serve.hpp"
#include "vmcp/program/commands/validate.hpp"
#include "vmcp/program/commands/version.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using words = std::vector<const char*>;

// What serve was called with.
struct served {
    std::shared_ptr<const config> settings{};
    serve_options options{};
};

struct ran {
    exit_code code = exit_code::ok;
    std::string out{};
    std::string err{};
    served by_serve{};
};

ran run(words args) {
    ran result;
    CLI::App program("", "vmcp");
    program.require_subcommand(1);
    auto outcome = exit_code::ok;
    const auto globals = add_global_options(program);
    add_serve(program, outcome, globals, [&](auto settings, const serve_options& options) {
        result.by_serve = {settings, options};
        return 0;
    });
    add_validate(program, outcome, globals);
    add_init(program, outcome);
    add_inspect(program, outcome);
    add_call(program, outcome);
    add_version(program, outcome);
    args.insert(args.begin(), "vmcp");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    result.code = parse_and_run(program, static_cast<int>(args.size()), args.data(), outcome);
    result.out = testing::internal::GetCapturedStdout();
    result.err = testing::internal::GetCapturedStderr();
    return result;
}

// A configuration in a file of this test.
class config_file {
public:
    explicit config_file(std::string_view text) { std::ofstream(path_) << text; }
    ~config_file() { std::remove(path_.c_str()); }
    config_file(const config_file&) = delete;
    config_file& operator=(const config_file&) = delete;
    [[nodiscard]] const char* path() const { return path_.c_str(); }

private:
    static int next() {
        static int number = 0;
        return ++number;
    }
    std::string path_ = testing::TempDir() + fmt::format("vmcp_command_line_{}_{}.yaml", ::getpid(), next());
};

constexpr auto good = "backends: [{name: a, url: 'http://127.0.0.1:9/mcp'}]\nsessions: {ttl: 1h}\n";

TEST(command_line, says_what_was_probably_meant) {
    const std::pair<words, std::string_view> cases[] = {
        {{}, "vmcp: a command is missing ('vmcp --help' explains)\n"},
        {{"serv"}, "vmcp: there is no command 'serv'; did you mean 'serve'? ('vmcp --help' explains)\n"},
        {{"inpsect", "tools"}, "there is no command 'inpsect'; did you mean 'inspect'?"},
        {{"zzzzzzz"}, "vmcp: there is no command 'zzzzzzz' ("},
        {{"--prot", "1"}, "vmcp: unknown flag '--prot'"},
        {{"serve", "x.yaml", "--prot", "1"},
         "vmcp: serve: unknown flag '--prot'; did you mean '--port'? ('vmcp serve --help' explains)\n"},
        {{"serve", "--prot=1"}, "serve: unknown flag '--prot'; did you mean '--port'?"},
        {{"serve", "--confg", "x"}, "serve: unknown flag '--confg'; did you mean '--config'?"},
        {{"validate", "--jsno", "x"}, "validate: unknown flag '--jsno'; did you mean '--json'?"},
        {{"serve", "--audit"}, "serve: unknown flag '--audit'; did you mean '--enable-audit'?"},
        {{"serve", "-z"}, "serve: unknown flag '-z' ("},
        {{"version", "now"}, "version: unexpected argument 'now'"},
        {{"serve", "a.yaml", "b.yaml"}, "serve: unexpected argument 'b.yaml'"},
        {{"serve", "--port", "x", "a.yaml"}, "serve: "},
        {{"call"}, "call: "},
        {{"init"}, "init: --from is required"},
        {{"inspect", "--config", "x"},
         "--config goes with the commands that read a configuration: serve, validate, doctor, authz explain"},
        {{"--config", "x", "version"},
         "--config goes with the commands that read a configuration: serve, validate, doctor, authz explain"},
    };
    for (const auto& [args, expected] : cases) {
        const auto result = run(args);
        EXPECT_EQ(result.code, exit_code::usage) << testing::PrintToString(args);
        EXPECT_THAT(result.err, HasSubstr(std::string(expected)));
        EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
        EXPECT_EQ(result.out, "");
    }
}

TEST(command_line, help_is_no_mistake) {
    const auto result = run({"serve", "--help"});
    EXPECT_EQ(result.code, exit_code::ok);
    EXPECT_THAT(result.out, HasSubstr("--session-ttl"));
    EXPECT_THAT(result.out, HasSubstr("--enable-audit"));
    EXPECT_THAT(run({"--help"}).out, HasSubstr("--debug"));
}

TEST(command_line, a_configuration_is_found_wherever_it_stands) {
    const config_file file(good);
    for (const words& args : {words{"serve", file.path()}, words{"serve", "--config", file.path()},
                              words{"serve", "-c", file.path()}, words{"--config", file.path(), "serve"},
                              words{"-c", file.path(), "serve"}}) {
        const auto result = run(args);
        EXPECT_EQ(result.code, exit_code::ok) << result.err;
        EXPECT_EQ(result.by_serve.options.config_path, file.path());
        ASSERT_TRUE(result.by_serve.settings);
        EXPECT_EQ(result.by_serve.settings->sessions.ttl, std::chrono::hours(1));
    }
    for (const words& args : {words{"validate", file.path()}, words{"validate", "-c", file.path()},
                              words{"--config", file.path(), "validate"}})
        EXPECT_THAT(run(args).out, HasSubstr(": valid, 1 backend: a\n"));
    for (const char* command : {"serve", "validate"}) {
        const auto none = run({command});
        EXPECT_EQ(none.code, exit_code::usage);
        EXPECT_THAT(none.err, HasSubstr(std::string("needs a configuration: vmcp ") + command + " FILE"));
    }
}

TEST(command_line, flags_of_toolhive) {
    const config_file file(good);
    const auto ttl =
        run({"serve", file.path(), "--session-ttl", "5m", "--debug", "--host", "::1", "--port", "0"});
    ASSERT_TRUE(ttl.by_serve.settings) << ttl.err;
    EXPECT_EQ(ttl.by_serve.settings->sessions.ttl, std::chrono::minutes(5));
    EXPECT_EQ(ttl.by_serve.settings->log.level, "debug");
    EXPECT_EQ(ttl.by_serve.settings->given.host, "::1");
    EXPECT_EQ(run({"serve", file.path(), "--session-ttl", "0"}).by_serve.settings->sessions.ttl,
              std::chrono::hours(1));
    EXPECT_EQ(run({"--debug", "serve", file.path()}).by_serve.settings->log.level, "debug");
    EXPECT_EQ(run({"serve", file.path()}).by_serve.settings->log.level, "info");
    for (const char* wrong : {"-5m", "5", "soon", "10ms", "1000h", "0s"}) {
        const auto result = run({"serve", file.path(), "--session-ttl", wrong});
        EXPECT_EQ(result.code, exit_code::usage) << wrong;
        EXPECT_THAT(result.err, HasSubstr("--session-ttl")) << wrong;
    }
    const auto host = run({"serve", file.path(), "--host", "my-machine"});
    EXPECT_EQ(host.code, exit_code::usage);
    EXPECT_THAT(host.err, HasSubstr("--host: 'my-machine' is not an IP address; write 127.0.0.1"));
    EXPECT_TRUE(run({"serve", file.path(), "--host", "localhost"}).by_serve.settings);
    const auto audit = run({"serve", file.path(), "--enable-audit"});
    ASSERT_TRUE(audit.by_serve.settings) << audit.err;
    EXPECT_TRUE(audit.by_serve.settings->audit.enabled);
    EXPECT_TRUE(audit.by_serve.settings->given.audit) << "also when the file is read again";
    EXPECT_FALSE(run({"serve", file.path()}).by_serve.settings->audit.enabled);
}

TEST(command_line, counts_have_the_right_plural) {
    const config_file one("backends: [{name: a, url: x}]\n");
    EXPECT_THAT(run({"validate", one.path()}).err, HasSubstr("vmcp: 1 problem\n"));
    EXPECT_THAT(run({"serve", one.path()}).err,
                HasSubstr("vmcp: not serving: 1 problem in the configuration\n"));
    const config_file two("backends: [{name: a, url: x}]\nname: []\n");
    EXPECT_THAT(run({"validate", two.path()}).err, HasSubstr("vmcp: 2 problems\n"));
    const config_file both("backends: [{name: a, url: 'http://h/'}, {name: b, url: 'http://g/'}]\n");
    EXPECT_THAT(run({"validate", both.path()}).out, HasSubstr("valid, 2 backends: a, b\n"));
}

TEST(command_line, warnings_do_not_stop) {
    const config_file empty("backends: []\n");
    const auto checked = run({"validate", empty.path()});
    EXPECT_EQ(checked.code, exit_code::ok);
    EXPECT_THAT(checked.err, HasSubstr(":1:1: warning: backends: empty: nothing is served"));
    EXPECT_THAT(checked.out, HasSubstr("valid, 0 backends\n"));
    EXPECT_THAT(run({"validate", "--json", empty.path()}).out, HasSubstr("\"warnings\": [\n"));
    const auto started = run({"serve", empty.path()});
    ASSERT_EQ(started.by_serve.options.warnings.size(), 1u);
    EXPECT_THAT(started.by_serve.options.warnings[0], HasSubstr("backends: empty"));

    const config_file loop("backends: [{name: a, url: 'http://localhost:8080/mcp'}]\n");
    EXPECT_EQ(run({"validate", loop.path()}).err, "");
    EXPECT_THAT(run({"validate", loop.path(), "--port", "8080"}).err, HasSubstr("it would call itself"));
    EXPECT_EQ(run({"serve", loop.path(), "--port", "8080"}).by_serve.options.warnings.size(), 1u);
}

TEST(command_line, names_from_a_file_cannot_steer_the_terminal) {
    const config_file file("backends: [{name: a, url: 'http://h/'}]\n\"x\\u202ey\\u0085\": 1\n");
    const auto result = run({"validate", file.path()});
    EXPECT_THAT(result.err, HasSubstr("x?y?"));
    EXPECT_THAT(result.err, testing::Not(HasSubstr("\xe2\x80\xae")));
}

} // namespace
} // namespace vmcp
