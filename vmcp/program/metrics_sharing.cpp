#include "vmcp/program/metrics_sharing.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace vmcp {
namespace {

class text {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    void add(std::string_view labels, std::uint64_t value) {
        fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name_, labels, value);
    }
    void add(const latency_totals& totals) {
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
            below += totals.buckets[i];
            fmt::format_to(std::back_inserter(out_), "{}_bucket{{le=\"{}\"}} {}\n", name_,
                           static_cast<double>(latency_bounds[i]) / 1e9, below);
        }
        fmt::format_to(std::back_inserter(out_),
                       "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name_, totals.count,
                       totals.seconds);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    std::string out_{};
    std::string_view name_{};
};

} // namespace

sharing_figures figures_of(const replicas& all) {
    const auto& redis = all.redis().figures();
    const auto& store = all.store().figures();
    return {.connected = all.redis().up(),
            .subscribed = all.listening(),
            .connects = redis.connects,
            .commands = redis.commands,
            .errors = redis.errors,
            .latency = all.redis().latency().read(),
            .hits = store.hits,
            .lookups = store.lookups,
            .restored = store.restored,
            .unconfirmed = store.unconfirmed,
            .unreachable = store.unreachable,
            .passed_on = store.passed_on,
            .taken = store.taken};
}

std::string sharing_metrics(const sharing_figures& figures) {
    text out;
    out.family("vmcp_redis_up", "gauge", "Whether there is a connection to Redis, by what it is for");
    out.add("{connection=\"commands\"}", figures.connected ? 1 : 0);
    out.add("{connection=\"messages\"}", figures.subscribed ? 1 : 0);
    out.family("vmcp_redis_connects_total", "counter", "Connections for commands that were made");
    out.add("", figures.connects);
    out.family("vmcp_redis_commands_total", "counter", "Commands that were given");
    out.add("", figures.commands);
    out.family("vmcp_redis_errors_total", "counter", "Commands that failed, or had no answer in time");
    out.add("", figures.errors);
    out.family("vmcp_redis_command_duration_seconds", "histogram", "From a command to its answer");
    out.add(figures.latency);
    out.family("vmcp_session_lookups_total", "counter",
               "Requests in sessions, by how their session was found");
    out.add("{outcome=\"known\"}", figures.hits);
    out.add("{outcome=\"asked\"}", figures.lookups);
    out.add("{outcome=\"unconfirmed\"}", figures.unconfirmed);
    out.add("{outcome=\"unreachable\"}", figures.unreachable);
    out.family("vmcp_sessions_restored_total", "counter",
               "Sessions of other replicas that are served here now");
    out.add("", figures.restored);
    out.family("vmcp_replica_messages_total", "counter", "Messages between replicas");
    out.add("{direction=\"out\"}", figures.passed_on);
    out.add("{direction=\"in\"}", figures.taken);
    return out.take();
}

} // namespace vmcp
