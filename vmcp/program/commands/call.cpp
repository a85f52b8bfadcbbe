#include "vmcp/program/commands/call.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/program/commands/call_output.hpp"
#include "vmcp/program/commands/gateway_client.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <memory>
#include <string>

namespace vmcp {
namespace {

struct call_flags {
    client_options client{};
    std::string tool{};
    std::string arguments = "{}";
    bool as_json = false;
    bool quiet = false;
};

// Shows what the tool says on the way, keeps the response.
class call_sink final : public reply_sink {
public:
    explicit call_sink(bool quiet) : quiet_(quiet) {}

    awaitable<void> notify(const gather& message) override {
        if (const auto line = quiet_ ? std::string() : notice_text(message.str()); !line.empty())
            fmt::print(stderr, "{}\n", line);
        co_return;
    }
    result<std::shared_ptr<pending_ask>> ask(const message& request) override {
        return vmcp::fail(errc::capability_missing, std::string(request.method));
    }
    awaitable<void> done(const reply& given) override {
        answer = kept_reply(given);
        co_return;
    }
    awaitable<void> fail(const failure&) override { co_return; }

    kept_reply answer{};

private:
    bool quiet_;
};

// A failure, and what it is called in the gateway's log.
void complain_of(std::string_view problem, std::string_view request_id) {
    complain(problem.find(request_id) != std::string_view::npos
                 ? std::string(problem)
                 : fmt::format("{} (request id {})", problem, request_id));
}

exit_code show(const reply& answer, const call_flags& flags, std::string_view request_id) {
    if (answer.kind == answer_kind::error) {
        const auto error = answer.body;
        if (flags.as_json)
            print_json(fmt::format("{}\n", error));
        const auto text = unquoted(json_member(error, "message", 1000).raw).value_or("no message");
        const auto data = json_member(error, "data", 1000);
        complain_of(fmt::format("{}: {} ({}){}{}", flags.tool, text, json_member(error, "code", 1000).raw,
                                data.empty() ? "" : " ", data.raw),
                    request_id);
        return exit_code::failed;
    }
    const bool failed = is_tool_error(answer.body);
    if (failed)
        complain_of(fmt::format("{} reports an error", flags.tool), request_id);
    if (flags.as_json)
        return print_json(fmt::format("{}\n", answer.body)) && !failed ? exit_code::ok : exit_code::failed;
    const auto text = tool_result_text(answer.body);
    if (failed) {
        fmt::print(stderr, "{}", text);
        return exit_code::failed;
    }
    return print(text) ? exit_code::ok : exit_code::failed;
}

boost::asio::awaitable<exit_code> call_tool(const call_flags& flags, client_setup setup,
                                            std::string message) {
    const std::string request_id = setup.request_id;
    gateway_client client(std::move(setup));
    if (const auto opened = co_await client.open(); !opened) {
        complain_of(fmt::format("{}: {}", flags.client.url, text_of(opened.error())), request_id);
        co_return exit_code_of(opened.error());
    }
    // Ctrl-C takes the call back, so that the tool does not go on for nobody.
    const auto control = std::make_shared<cancellation>(transport::worker::current().executor());
    boost::asio::signal_set signals(transport::worker::current().context(), SIGINT, SIGTERM);
    signals.async_wait([control](const boost::system::error_code& ec, int) {
        if (!ec)
            control->cancel(R"("interrupted by the user")");
    });
    call_sink out(flags.quiet);
    const auto outcome = co_await client.request(message, out, control.get());
    co_await client.close();
    if (!outcome) {
        complain_of(fmt::format("{}: {}", flags.tool, text_of(outcome.error())), request_id);
        co_return exit_code::failed;
    }
    co_return show(out.answer.view(), flags, request_id);
}

exit_code run_call(const call_flags& flags) {
    std::string arguments = flags.arguments;
    if (arguments == "-") {
        auto text = system_sources().read_file("-");
        if (!text) {
            complain(fmt::format("standard input: {}", text.error().detail));
            return exit_code::usage;
        }
        arguments = std::move(*text);
    }
    const auto message = call_message(flags.tool, arguments);
    const auto setup = message ? read_client_options(flags.client) : result<client_setup>(message.error());
    if (!setup) {
        complain(setup.error().detail);
        return exit_code::usage;
    }
    return run_one_shot([&] { return call_tool(flags, *setup, *message); });
}

} // namespace

void add_call(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand("call", "Call one tool through a running gateway");
    const auto flags = std::make_shared<call_flags>();
    command->add_option("tool", flags->tool, "The tool's name, as vmcp inspect tools prints it")
        ->type_name("TOOL")
        ->required();
    command
        ->add_option("arguments", flags->arguments,
                     "Its arguments as a JSON object; - reads them from standard input")
        ->type_name("JSON")
        ->capture_default_str();
    add_client_options(*command, flags->client);
    command->add_flag("--json", flags->as_json, "Print the whole result as the tool wrote it")
        ->envname("VMCP_JSON");
    command->add_flag("-q,--quiet", flags->quiet, "Do not print progress and log messages of the tool")
        ->envname("VMCP_QUIET");
    command->footer(
        "The tool's text goes to standard output, its progress and log messages to standard error.\n"
        "Exit code 1 when the tool reports an error, 3 when nothing answers at the URL.\n\n"
        "Examples:\n"
        "  vmcp call notes_list_notes\n"
        "  vmcp call weather_get_forecast '{\"city\":\"Bern\"}'\n"
        "  echo '{\"city\":\"Bern\",\"steps\":5}' | vmcp call weather_simulate_forecast -");
    command->callback([&outcome, flags] { outcome = run_call(*flags); });
}

} // namespace vmcp
