#include "vmcp/program/commands/inspect.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/config/own_url.hpp"
#include "vmcp/program/commands/gateway_client.hpp"
#include "vmcp/program/commands/inspect_tables.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vmcp {
namespace {

using boost::asio::awaitable;

constexpr std::uint16_t usual_admin_port = 4484;

struct inspect_flags {
    client_options client{};
    std::string what{}; // empty: everything
    std::string admin_url{};
    std::optional<transport::target> admin{}; // of admin_url
    bool as_json = false;

    [[nodiscard]] bool wants(std::string_view part) const { return what.empty() || what == part; }
};

// What is printed: parts with a title each, and the same as members of one JSON object.
struct report {
    std::string text{};
    std::string json{};
    std::string note{}; // for standard error
    const inspect_flags& flags;

    void add(std::string_view title, const text_table& table) {
        if (flags.what.empty())
            text.append(text.empty() ? "" : "\n").append(title).append("\n");
        if (table.empty())
            text.append(flags.what.empty() ? "none\n" : "");
        else
            text.append(table.render(terminal_width()));
        if (table.empty() && !flags.what.empty())
            note = fmt::format("{} offers no {}", flags.client.url, flags.what);
    }
    void add_json(std::string_view name, std::string_view raw) {
        json.append(json.empty() ? "{" : ",").append(quoted(name)).append(":").append(raw);
    }
};

using strings = std::vector<std::string>;

awaitable<result<strings>> list_if_offered(gateway_client& client, const transport::established& session,
                                           std::string_view capability, std::string_view method,
                                           std::string_view member) {
    if (!session.offers(capability))
        co_return strings{};
    co_return co_await client.list(method, member);
}

awaitable<result<void>> add_lists(gateway_client& client, const transport::established& session,
                                  report& out) {
    if (out.flags.wants("tools")) {
        const auto tools = co_await list_if_offered(client, session, "tools", "tools/list", "tools");
        if (!tools)
            co_return tools.error();
        out.add("Tools", tools_table(*tools));
        out.add_json("tools", json_array(*tools));
    }
    if (out.flags.wants("resources")) {
        const auto all =
            co_await list_if_offered(client, session, "resources", "resources/list", "resources");
        if (!all)
            co_return all.error();
        const auto templates = co_await list_if_offered(client, session, "resources",
                                                        "resources/templates/list", "resourceTemplates");
        if (!templates)
            co_return templates.error();
        out.add("Resources", resources_table(*all, *templates));
        out.add_json("resources", json_array(*all));
        out.add_json("resourceTemplates", json_array(*templates));
    }
    if (out.flags.wants("prompts")) {
        const auto prompts = co_await list_if_offered(client, session, "prompts", "prompts/list", "prompts");
        if (!prompts)
            co_return prompts.error();
        out.add("Prompts", prompts_table(*prompts));
        out.add_json("prompts", json_array(*prompts));
    }
    co_return result<void>();
}

// A JSON page of a gateway.
awaitable<result<std::string>> page(transport::target to, std::string path, const header_list& headers,
                                    std::chrono::milliseconds within) {
    to.url.target = std::move(path);
    auto reply = co_await http_request_once("GET", to, headers, within);
    if (!reply)
        co_return reply.error();
    if (reply->status != 200 || !json_valid(reply->body))
        co_return fail(errc::backend_protocol,
                       fmt::format("{} answered HTTP {}: is this vmcp?", to.url.text(), reply->status));
    co_return std::move(reply->body);
}

// /status with the backends of all its pages.
awaitable<result<std::string>> whole_status(const transport::target& target, const header_list& headers,
                                            std::chrono::milliseconds within) {
    auto first = co_await page(target, "/status", headers, within);
    if (!first)
        co_return first;
    const auto pages = pages_of(*first);
    for (std::size_t number = 2; number <= pages; ++number) {
        const auto next = co_await page(target, fmt::format("/status?page={}", number), headers, within);
        if (!next)
            co_return next.error();
        append_backends(*first, *next);
    }
    co_return first;
}

// The admin listener that people have by vmcp init and in the examples, where the gateway is on this machine.
transport::target usual_admin(const client_setup& setup) {
    auto to = setup.target;
    to.tls = nullptr;
    to.url.tls = false;
    to.url.port = usual_admin_port;
    to.url.authority = host_and_port(to.url.host, usual_admin_port);
    return to;
}

// /status as the admin listener tells it, with the reasons. Empty where there is none to ask. It gets none of
// the headers that were given for the gateway.
awaitable<result<std::string>> status_with_reasons(const inspect_flags& flags, const client_setup& setup,
                                                   const std::string& status) {
    if (flags.admin)
        co_return co_await whole_status(*flags.admin, {}, setup.timeout);
    if (!has_unhealthy(status) || !leads_to(setup.target.url, "127.0.0.1", setup.target.url.port))
        co_return std::string();
    auto told = co_await whole_status(usual_admin(setup), {}, std::chrono::milliseconds(1'000));
    // Another gateway on this machine may have the port.
    co_return told&& same_gateway(*told, status) ? *told : std::string();
}

awaitable<result<void>> add_backends(const client_setup& setup, report& out) {
    auto status = co_await whole_status(setup.target, setup.headers, setup.timeout);
    if (!status)
        co_return status.error();
    const auto health = co_await page(setup.target, "/api/backends/health", setup.headers, setup.timeout);
    if (!health)
        co_return health.error();
    const auto told = co_await status_with_reasons(out.flags, setup, *status);
    if (!told)
        co_return fail(told.error().code, fmt::format("{}: {}", out.flags.admin_url, text_of(told.error())));
    if (!told->empty())
        status = *told;
    out.add("Backends", backends_table(*status, *health));
    if (const auto reasons = backend_reasons(*status); !reasons.empty())
        out.text.append("\n").append(reasons);
    else if (has_unhealthy(*status))
        out.note = "why a backend is not healthy is told by the admin listener (admin.port): --admin-url "
                   "http://127.0.0.1:4484; and by the log";
    out.add_json("status", *status);
    out.add_json("health", *health);
    co_return result<void>();
}

void add_server(const transport::established& session, report& out) {
    const auto member = [&](std::string_view name) {
        return unquoted(json_member(session.server_info, name, 1000).raw).value_or("unknown");
    };
    out.text = printable_line(fmt::format("{} {}, MCP {}", member("name"), member("version"),
                                          text_of(session.version))) +
               "\n";
    out.add_json("server", session.server_info.empty() ? "{}" : session.server_info);
    out.add_json("protocolVersion", quoted(text_of(session.version)));
    out.add_json("capabilities", session.capabilities);
}

awaitable<result<void>> gather_report(const client_setup& setup, report& out) {
    if (out.flags.what == "backends")
        co_return co_await add_backends(setup, out);
    gateway_client client(setup);
    const auto session = co_await client.open();
    if (!session)
        co_return session.error();
    if (out.flags.what.empty())
        add_server(**session, out);
    auto outcome = co_await add_lists(client, **session, out);
    co_await client.close();
    if (!outcome || !out.flags.what.empty())
        co_return outcome;
    // Any MCP server can be inspected; only vmcp has backends.
    if (const auto backends = co_await add_backends(setup, out); !backends)
        out.note = text_of(backends.error());
    co_return outcome;
}

awaitable<exit_code> inspect(const inspect_flags& flags, const client_setup& setup) {
    report out{.flags = flags};
    const auto outcome = co_await gather_report(setup, out);
    if (!outcome) {
        complain(fmt::format("{}: {}", flags.client.url, text_of(outcome.error())));
        co_return exit_code_of(outcome.error());
    }
    const bool printed = flags.as_json ? print_json(out.json + "}\n") : print(out.text);
    if (!out.note.empty() && !flags.as_json)
        complain(out.note);
    co_return printed ? exit_code::ok : exit_code::failed;
}

result<transport::target> admin_target(const inspect_flags& flags, const client_setup& setup) {
    const auto where = parse_url(flags.admin_url);
    if (!where)
        return fail(errc::config, fmt::format("--admin-url: {}", where.error().detail));
    transport::target out{*where, nullptr};
    if (where->tls) {
        auto context = transport::client_tls(setup.as_backend.ca_bundle);
        if (!context)
            return context.error();
        out.tls = std::move(*context);
    }
    return out;
}

exit_code run_inspect(inspect_flags& flags) {
    const auto setup = read_client_options(flags.client);
    if (!setup) {
        complain(setup.error().detail);
        return exit_code::usage;
    }
    if (!flags.admin_url.empty()) {
        auto admin = admin_target(flags, *setup);
        if (!admin) {
            complain(admin.error().detail);
            return exit_code::usage;
        }
        flags.admin = std::move(*admin);
    }
    return run_one_shot([&] { return inspect(flags, *setup); });
}

} // namespace

void add_inspect(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand("inspect", "Show what a running gateway offers");
    const auto flags = std::make_shared<inspect_flags>();
    command->add_option("what", flags->what, "tools, resources, prompts or backends; without it everything")
        ->check(CLI::IsMember({"tools", "resources", "prompts", "backends"}))
        ->type_name("WHAT");
    add_client_options(*command, flags->client);
    command
        ->add_option(
            "--admin-url", flags->admin_url,
            "The gateway's admin listener, which tells why backends are not healthy; without it port 4484 is "
            "tried on this machine")
        ->envname("VMCP_ADMIN_URL")
        ->type_name("URL");
    command->add_flag("--json", flags->as_json, "Print JSON: list entries as the gateway wrote them")
        ->envname("VMCP_JSON");
    command->footer(
        "Connects as an MCP client and follows all pages. Exit code 3 when nothing answers at the URL.\n\n"
        "Examples:\n"
        "  vmcp inspect\n"
        "  vmcp inspect tools --json | jq -r '.tools[].name'\n"
        "  vmcp inspect backends --url https://gateway.example.com/mcp");
    command->callback([&outcome, flags] { outcome = run_inspect(*flags); });
}

} // namespace vmcp
