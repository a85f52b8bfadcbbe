// The rows of backends that are programs, below a backend or an entry of mcpServers.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

template <auto Member>
void into_program(config_draft& draft, const config_value& value) {
    assign(draft.backend->program.*Member, value);
}

} // namespace

void add_program_rows(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + "command",
         .spec = text(rules::line),
         .doc = "A program that speaks MCP on its standard input and output, started here and again when it "
                "ends: a path, or a name in PATH. What it writes on standard error goes to the log. It is "
                "killed with all that it started when it leaves the configuration, and when vmcp ends.",
         .store = into_program<&program_config::command>});
    rows.push_back(
        {.path = at + "args",
         .spec = list_of(text(rules::argument)),
         .doc = "Arguments of the `command`, each as it is: no shell reads them. Other users of this machine "
                "may see them; give secrets in `env`.",
         .store = into_program<&program_config::args>});
    rows.push_back(
        {.path = at + "env",
         .spec = map_of(secret(rules::argument), rules::variable_name),
         .doc = "Environment of the `command`, besides PATH, HOME, USER, LANG, TMPDIR and their like, and "
                "the variables of proxies and certificate authorities: nothing else of vmcp's own "
                "environment is passed on. Values are secrets: they never appear in messages.",
         .store = into_program<&program_config::env>});
    rows.push_back({.path = at + "cwd",
                    .spec = text(rules::path),
                    .doc = "The folder in which the `command` is started. Without it: that of vmcp.",
                    .store = into_program<&program_config::cwd>});
    rows.push_back(
        {.path = at + "startTimeout",
         .spec = duration(100, hour),
         .fallback = "60s",
         .doc = "How long the `command` may take until it answers `initialize`; it is killed then, and "
                "started again. Until it does, its status says that it is starting, and calls wait for it.",
         .store = into_program<&program_config::start_timeout>});
    rows.push_back(
        {.path = at + "memory",
         .spec = size(0, 1024 * gib),
         .fallback = "4GiB",
         .doc = "Data that each process of the `command` may hold (RLIMIT_DATA), and memory that all of them "
                "hold together, looked at every second: what holds more is killed, and started again. "
                "`0`: no limit.",
         .store = into_program<&program_config::memory>});
    rows.push_back(
        {.path = at + "processes",
         .spec = integer(1, 100'000),
         .fallback = "128",
         .doc = "How many processes the `command` may be, with those that it starts: where there are more "
                "they are all killed, and it is started again.",
         .store = into_program<&program_config::processes>});
}

} // namespace vmcp::schema
