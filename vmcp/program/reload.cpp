#include "vmcp/program/reload.hpp"

#include "auth/cedar/cedar_rules.hpp"
#include "transport/net/target.hpp"
#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/program/commands/program_sources.hpp"
#include "vmcp/program/logging.hpp"
#include "vmcp/yaml/load_config.hpp"

namespace vmcp {
namespace {

reload_outcome refused(std::string_view why, std::vector<std::string> problems,
                       const std::shared_ptr<const config>& current) {
    log::error("{}: the new configuration is not used, the old one stays", why);
    for (const auto& one : problems)
        log::error("{}", one);
    return {.what = reload_outcome::kind::refused, .problems = std::move(problems), .settings = current};
}

} // namespace

result<std::shared_ptr<boost::asio::ssl::context>> listener_context(const tls_config& of) {
    return transport::server_tls(of.certificate_path, of.key_path,
                                 {.ca_pem = of.client_ca, .required = of.client_required});
}

reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                      std::string_view why) {
    if (on.config_path == "-")
        return refused(why, {"a configuration from standard input cannot be read again"}, current);
    on.files.looked();
    auto loaded = load_config(on.config_path, program_sources(current->given));
    on.files.watch(loaded.files);
    if (!loaded) {
        std::vector<std::string> problems;
        for (const auto& one : loaded.problems)
            problems.push_back(format_problem(one));
        return refused(why, std::move(problems), current);
    }
    auto next = std::make_shared<const config>(std::move(*loaded.value));
    std::shared_ptr<boost::asio::ssl::context> tls;
    if (next->listener.tls.enabled() && current->listener.tls.enabled()) {
        auto context = listener_context(next->listener.tls);
        if (!context)
            return refused(why, {context.error().message()}, current);
        tls = *context;
    }
    if (*next == *current)
        return {.what = reload_outcome::kind::unchanged, .settings = current};
    auto arranged = on.entrance.prepare(next->incoming, on.control);
    if (!arranged)
        return refused(why, {arranged.error().message()}, current);
    const bool other_policies = next->authz != current->authz || next->name != current->name;
    if (other_policies) { // before clients are told of new lists
        auto made = auth::make_rules(*next);
        if (!made.problems.empty())
            return refused(why, {auth::format_problem(made.problems.front())}, current);
        on.policy.use(std::move(made.value));
    }
    auto change = on.backends.apply(next);
    on.entrance.use(std::move(*arranged));
    if (tls)
        on.tls.store(tls);
    auto restart = restart_keys(*current, *next);
    for (const auto& key : restart)
        log::warn("{}: {} takes effect after a restart", why, key);
    on.parts.reconfigure(*next, on.loopback);
    adjust_logging(next->log);
    log::info("configuration reloaded ({}): {}", why, health::describe(change));
    for (const auto& one : loaded.warnings)
        log::warn("{}", format_problem(one));
    return {.what = reload_outcome::kind::reloaded,
            .backends = std::move(change),
            .needs_restart = std::move(restart),
            .settings = std::move(next)};
}

} // namespace vmcp
