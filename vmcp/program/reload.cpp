#include "vmcp/program/reload.hpp"

#include "auth/cedar/cedar_rules.hpp"
#include "transport/net/target.hpp"
#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/config/secrets_of.hpp"
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

// What a configuration needs before it can be used. Making it changes nothing.
struct preparation {
    std::shared_ptr<boost::asio::ssl::context> tls{}; // null: it stays without, or begins after a restart
    std::shared_ptr<const door::arrangement> entrance{};
    std::unique_ptr<audit_log::arrangement> records{};
    std::shared_ptr<const telemetry::arrangement> spans{};
    bool other_policies = false;
    std::shared_ptr<const auth::cedar_rules> rules{}; // of other policies; null: none
};

// Returns what is wrong with `next`; empty: nothing, and `made` is whole.
std::string prepare(const reload_targets& on, const config& current, const config& next, preparation& made) {
    if (next.listener.tls.enabled() && current.listener.tls.enabled()) {
        auto context = server_context(next.listener.tls);
        if (!context)
            return context.error().message();
        made.tls = std::move(*context);
    }
    auto entrance = on.entrance.prepare(next.incoming, on.control);
    if (!entrance)
        return entrance.error().message();
    made.entrance = std::move(*entrance);
    auto records = on.records.prepare(next);
    if (!records)
        return records.error().message();
    made.records = std::move(*records);
    auto spans = on.spans.prepare(next);
    if (!spans)
        return spans.error().message();
    made.spans = std::move(*spans);
    made.other_policies = next.authz != current.authz || next.name != current.name;
    if (made.other_policies) {
        auto rules = auth::make_rules(next);
        if (!rules.problems.empty())
            return auth::format_problem(rules.problems.front());
        made.rules = std::move(rules.value);
    }
    return {};
}

// From here on nothing can fail. Returns what became of the backends.
health::membership_change put_into_effect(const reload_targets& on, const std::shared_ptr<const config>& next,
                                          discovery_settings discovery, preparation made) {
    if (made.other_policies) // before clients are told of new lists
        on.policy.use(std::move(made.rules));
    auto change = on.backends.apply(on.cluster.effective(next, std::move(discovery)));
    on.entrance.use(std::move(made.entrance));
    on.records.use(std::move(made.records));
    on.spans.use(std::move(made.spans));
    if (made.tls)
        on.tls.store(made.tls);
    on.parts.reconfigure(*next, on.loopback);
    adjust_logging(next->log);
    return change;
}

} // namespace

reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                      std::string_view why) {
    if (on.config_path == "-")
        return refused(why, {"a configuration from standard input cannot be read again"}, current);
    on.files.looked();
    auto loaded = load_config(on.config_path, program_sources(current->given, pipes::refused));
    on.files.watch(loaded.files);
    if (!loaded) {
        std::vector<std::string> problems;
        problems.reserve(loaded.problems.size());
        for (const auto& one : loaded.problems)
            problems.push_back(format_problem(one));
        return refused(why, std::move(problems), current);
    }
    auto next = std::make_shared<const config>(std::move(*loaded.value));
    const bool same_discovery = loaded.discovery == on.cluster.discovery();
    if (*next == *current && same_discovery)
        return {.what = reload_outcome::kind::unchanged, .settings = current};
    know_secrets(secrets_of(*next)); // those of before stay known
    preparation made;
    if (auto problem = prepare(on, *current, *next, made); !problem.empty())
        return refused(why, {std::move(problem)}, current);
    auto change = put_into_effect(on, next, std::move(loaded.discovery), std::move(made));
    auto restart = restart_keys(*current, *next);
    for (const auto& key : restart)
        log::warn("{}: {} takes effect after a restart", why, key);
    log::info("configuration reloaded ({}): {}", why, health::describe(change));
    for (const auto& one : loaded.warnings)
        log::warn("{}", format_problem(one));
    return {.what = reload_outcome::kind::reloaded,
            .backends = std::move(change),
            .needs_restart = std::move(restart),
            .settings = std::move(next)};
}

} // namespace vmcp
