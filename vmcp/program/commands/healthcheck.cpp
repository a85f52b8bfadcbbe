#include "vmcp/program/commands/healthcheck.hpp"

#include "vmcp/config/value_text.hpp"
#include "vmcp/program/commands/one_shot.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <memory>
#include <string>

namespace vmcp {
namespace {

struct healthcheck_flags {
    std::string url{};
    std::uint16_t port = 4483;
    std::string timeout = "2s";
    bool insecure = false;
};

// Certificates are not checked: one rarely names 127.0.0.1, and what answers there is this machine.
void accept_any_certificate(boost::asio::ssl::context& context) {
    SSL_CTX_set_cert_verify_callback(
        context.native_handle(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
}

result<transport::target> target_of(const healthcheck_flags& flags) {
    const auto where =
        parse_url(flags.url.empty() ? fmt::format("http://127.0.0.1:{}/health", flags.port) : flags.url);
    if (!where)
        return fail(errc::config, fmt::format("--url: {}", where.error().detail));
    transport::target to{*where, nullptr};
    if (where->tls) {
        auto context = transport::client_tls("");
        if (!context)
            return context.error();
        if (flags.insecure)
            accept_any_certificate(**context);
        to.tls = std::move(*context);
    }
    return to;
}

boost::asio::awaitable<exit_code> check(const transport::target& to, std::chrono::milliseconds within) {
    const auto reply = co_await http_request_once("GET", to, {{"Accept", "*/*"}}, within);
    if (!reply) {
        complain(fmt::format("{}: {}", to.url.text(), text_of(reply.error())));
        co_return exit_code::failed;
    }
    if (reply->status < 200 || reply->status > 299) {
        complain(fmt::format("{} answered HTTP {}: {}", to.url.text(), reply->status,
                             cut_to(printable_line(reply->body), 200)));
        co_return exit_code::failed;
    }
    co_return exit_code::ok;
}

exit_code run_healthcheck(const healthcheck_flags& flags) {
    const auto within = parse_duration(flags.timeout);
    const auto to = target_of(flags);
    if (!to || !within || *within <= std::chrono::milliseconds(0)) {
        complain(to ? "--timeout: must be a duration such as 500ms or 2s" : to.error().detail);
        return exit_code::usage;
    }
    return run_one_shot([&] { return check(*to, *within); });
}

} // namespace

void add_healthcheck(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand(
        "healthcheck", "Exit with 0 when the gateway answers /health, with 1 when not");
    const auto flags = std::make_shared<healthcheck_flags>();
    command->add_option("--url", flags->url, "What to ask; without it http://127.0.0.1:PORT/health")
        ->envname("VMCP_HEALTH_URL")
        ->type_name("URL");
    command->add_option("--port", flags->port, "The gateway's port on this machine")
        ->envname("VMCP_PORT")
        ->type_name("PORT")
        ->capture_default_str();
    command->add_option("--timeout", flags->timeout, "How long to wait, such as 500ms or 2s")
        ->envname("VMCP_HEALTH_TIMEOUT")
        ->type_name("DURATION")
        ->capture_default_str();
    command
        ->add_flag("--insecure", flags->insecure,
                   "With https: do not check the certificate. For your own machine only")
        ->envname("VMCP_HEALTH_INSECURE");
    command->footer("Made for HEALTHCHECK in a Dockerfile: prints nothing when all is well.\n\n"
                    "Examples:\n"
                    "  vmcp healthcheck\n"
                    "  vmcp healthcheck --url http://127.0.0.1:4483/readyz\n"
                    "  vmcp healthcheck --url https://127.0.0.1:4483/health --insecure");
    command->callback([&outcome, flags] { outcome = run_healthcheck(*flags); });
}

} // namespace vmcp
