#include "vmcp/runtime/reload.hpp"

#include "transport/net/stream.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/runtime/derived_settings.hpp"
#include "vmcp/runtime/logging.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

reload_outcome refused(std::string_view why, std::vector<std::string> problems,
                       const std::shared_ptr<const config>& current) {
    log::error("{}: the new configuration is not used, the old one stays", why);
    for (const auto& one : problems)
        log::error("{}", one);
    return {.what = reload_outcome::kind::refused, .problems = std::move(problems), .settings = current};
}

json changes(const std::vector<health::backend_change>& list) {
    json out = json::array();
    for (const auto& one : list) {
        json parts = json::array();
        for (const auto part : one.parts)
            parts.push_back(name_of(part));
        out.push_back({{"name", one.name}, {"parts", std::move(parts)}});
    }
    return out;
}

} // namespace

reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                      std::string_view why) {
    if (on.config_path == "-")
        return refused(why, {"a configuration from standard input cannot be read again"}, current);
    auto loaded = load_config(on.config_path, system_sources());
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
        auto context =
            transport::server_tls(next->listener.tls.certificate_path, next->listener.tls.key_path);
        if (!context)
            return refused(why, {context.error().message()}, current);
        tls = *context;
    }
    if (*next == *current)
        return {.what = reload_outcome::kind::unchanged, .settings = current};
    auto change = on.backends.apply(next);
    if (!change)
        return refused(why, {change.error().message()}, current);
    if (tls)
        on.tls.store(tls);
    auto restart = restart_keys(*current, *next);
    for (const auto& key : restart)
        log::warn("{}: {} takes effect after a restart", why, key);
    on.front.store(front_settings_of(*next, on.loopback));
    on.sessions.set_limits(session_limits_of(*next));
    adjust_logging(next->log);
    log::info("configuration reloaded ({}): {}", why, health::describe(*change));
    return {.what = reload_outcome::kind::reloaded,
            .backends = std::move(*change),
            .needs_restart = std::move(restart),
            .settings = std::move(next)};
}

std::string reload_json(const reload_outcome& of) {
    json out;
    switch (of.what) {
    case reload_outcome::kind::unchanged:
        out = {{"status", "unchanged"}};
        break;
    case reload_outcome::kind::refused:
        out = {{"status", "refused"}, {"problems", of.problems}};
        break;
    case reload_outcome::kind::reloaded:
        out = {{"status", "reloaded"},
               {"backends",
                {{"added", of.backends.added},
                 {"removed", of.backends.removed},
                 {"replaced", changes(of.backends.replaced)},
                 {"adjusted", changes(of.backends.adjusted)},
                 {"untouched", of.backends.untouched}}},
               {"needs_restart", of.needs_restart}};
        break;
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

reload_figures counted(reload_figures before, const reload_outcome& one, double now) {
    if (one.what == reload_outcome::kind::refused) {
        ++before.refused;
        before.last_succeeded = false;
    } else {
        ++before.succeeded;
        before.last_succeeded = true;
        before.last_success = now;
    }
    return before;
}

} // namespace vmcp
