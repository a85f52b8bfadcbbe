// The text of /metrics: names, labels, and what goes into which sample.
#include "vmcp/program/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using transport::call_end;

std::vector<std::string> samples(const gateway_figures& figures) {
    std::istringstream text(metrics_text(figures));
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);)
        if (!line.empty() && line.front() != '#')
            out.push_back(line);
    return out;
}

class Metrics : public testing::Test {
protected:
    Metrics() {
        figures.name = "acme";
        figures.version = "1.2.3";
        figures.catalog = names.get();
        figures.calls = &calls;
    }

    health::backend_row& add_backend(std::string name, health::state state) {
        rows.push_back(std::make_unique<health::backend_row>());
        rows.back()->name = std::move(name);
        rows.back()->health.now = state;
        figures.backends.push_back({.row = rows.back().get()});
        return *rows.back();
    }

    std::shared_ptr<const catalog> names = merge(config{}, {});
    transport::call_counters calls{};
    std::vector<std::unique_ptr<health::backend_row>> rows{};
    gateway_figures figures{};
};

TEST_F(Metrics, MemoryByClass) {
    memory_ledger ledger(std::size_t{64} << 20);
    memory_claim claim(&ledger, memory_class::replay);
    ASSERT_TRUE(claim.cover(1'000));
    ledger.count_dropped(memory_class::notifications);
    ledger.count_refused(memory_class::requests);
    figures.memory = &ledger;
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains("vmcp_memory_limit_bytes 67108864"));
    EXPECT_THAT(all, Contains(R"(vmcp_memory_bytes{class="replay"} 1000)"));
    EXPECT_THAT(all, Contains(R"(vmcp_memory_bytes{class="asks"} 0)"));
    EXPECT_THAT(all, Contains(R"(vmcp_memory_dropped_total{class="notifications"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_memory_refused_total{class="requests"} 1)"));
}

TEST_F(Metrics, RateLimitsByScopeAndDecision) {
    EXPECT_THAT(samples(figures), Not(Contains(HasSubstr("rate_limit"))));
    rate_limit_counters rates;
    rates.of[0][0].allowed = 7;
    rates.of[1][1].rejected = 3;
    rates.failures = 2;
    rates.checks.record(0, 1ms);
    figures.rates = {.counters = &rates, .user_buckets = 11, .evicted = 5};
    const auto all = samples(figures);
    const std::string labels = R"(toolhive_rate_limit_decisions_total{server="acme",decision=")";
    EXPECT_THAT(all, Contains(labels + R"(allowed",scope="shared",operation_type="server"} 7)"));
    EXPECT_THAT(all, Contains(labels + R"(rejected",scope="per_user",operation_type="tool"} 3)"));
    EXPECT_THAT(all, Contains(labels + R"(rejected",scope="shared",operation_type="tool"} 0)"));
    EXPECT_THAT(all, Contains(R"(toolhive_rate_limit_check_latency_seconds_count{server="acme"} 1)"));
    EXPECT_THAT(all, Contains(R"(toolhive_rate_limit_redis_errors_total{server="acme"} 2)"));
    EXPECT_THAT(all, Contains(R"(toolhive_rate_limit_fail_open_total{server="acme"} 2)"));
    EXPECT_THAT(all, Contains("vmcp_rate_limit_buckets 11"));
    EXPECT_THAT(all, Contains("vmcp_rate_limit_buckets_evicted_total 5"));
}

TEST_F(Metrics, CallsAreCountedByMethodAndStatus) {
    calls.record("tools/call", call_end::success, 0, 1ms);
    calls.record("tools/call", call_end::tool_error, 1, 1ms);
    calls.record("tools/call", call_end::error, 2, 1ms);
    calls.record("tools/call", call_end::cancelled, 3, 1ms);
    const auto all = samples(figures);
    const std::string labels = R"({server="acme",mcp_method="tools/call",status=")";
    EXPECT_THAT(
        all, Contains("toolhive_mcp_requests_total" + labels + R"(success",transport="streamable-http"} 2)"));
    EXPECT_THAT(
        all, Contains("toolhive_mcp_requests_total" + labels + R"(error",transport="streamable-http"} 2)"));
    EXPECT_THAT(all, Contains(R"(toolhive_mcp_tool_calls_total{server="acme",status="success"} 1)"));
    EXPECT_THAT(all, Contains(R"(toolhive_mcp_tool_calls_total{server="acme",status="error"} 3)"));
    for (const auto* type :
         {R"(,error_type="tool_error")", R"(,error_type="rpc_error")", R"(,error_type="cancelled")", ""})
        EXPECT_THAT(all,
                    Contains(R"(mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call")" +
                             std::string(type) + "} 1"));
}

TEST_F(Metrics, WhoIsLetInAndWhoIsNotIsCountedByReason) {
    door_counters entrance;
    entrance.accepted = 3;
    entrance.refuse(auth::refusal::invalid_token);
    entrance.refuse(auth::refusal::invalid_token);
    entrance.refuse(auth::refusal::unavailable);
    entrance.signatures_wrong = 4;
    entrance.refused_again = 5;
    entrance.spent_by_peer = 6;
    entrance.spent_by_worker = 7;
    figures.keys = {.age = 8s, .failures = 9};
    figures.entrance = &entrance;
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains("vmcp_auth_accepted_total 3"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_refused_total{reason="invalid_token"} 2)"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_refused_total{reason="unavailable"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_refused_total{reason="no_credentials"} 0)"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_signature_checks_total{outcome="wrong"} 4)"));
    EXPECT_THAT(all, Contains("vmcp_auth_refused_again_total 5"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_unchecked_total{budget="address"} 6)"));
    EXPECT_THAT(all, Contains(R"(vmcp_auth_unchecked_total{budget="worker"} 7)"));
    EXPECT_THAT(all, Contains("vmcp_auth_keys_age_seconds 8"));
    EXPECT_THAT(all, Contains("vmcp_auth_keys_failures 9"));
}

TEST_F(Metrics, LinesOfTheAuditLogAreCountedWhereThereAreAny) {
    EXPECT_THAT(metrics_text(figures), Not(HasSubstr("vmcp_audit")));
    figures.records = {.on = true, .written = 9, .lost = 2, .waiting = 3, .problem = "full"};
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains("vmcp_audit_lines_total 9"));
    EXPECT_THAT(all, Contains("vmcp_audit_lines_lost_total 2"));
    EXPECT_THAT(all, Contains("vmcp_audit_lines_waiting 3"));
    EXPECT_THAT(all, Contains("vmcp_audit_failing 1"));
}

TEST_F(Metrics, AMethodThatIsNotKnownIsOther) {
    calls.record("evil\"\n/method", call_end::error, 0, 1ms);
    calls.record("", call_end::error, 0, 1ms);
    const auto text = metrics_text(figures);
    EXPECT_THAT(text, HasSubstr(R"(mcp_method="other",status="error",transport="streamable-http"} 2)"));
    EXPECT_THAT(text, Not(HasSubstr("evil")));
}

TEST_F(Metrics, BucketsAreCumulativeAndEndWithAll) {
    calls.record("ping", call_end::success, 0, 50us);
    calls.record("ping", call_end::success, 0, 15ms);
    calls.record("ping", call_end::success, 0, 1h);
    const auto all = samples(figures);
    const std::string name = R"(mcp_server_operation_duration_seconds_bucket{mcp_method_name="ping",le=")";
    EXPECT_THAT(all, Contains(name + R"(0.0001"} 1)"));
    EXPECT_THAT(all, Contains(name + R"(0.01"} 1)"));
    EXPECT_THAT(all, Contains(name + R"(0.02"} 2)"));
    EXPECT_THAT(all, Contains(name + R"(300"} 2)"));
    EXPECT_THAT(all, Contains(name + R"(+Inf"} 3)"));
}

TEST_F(Metrics, EveryStateOfABackendIsASampleAndOneIsOne) {
    add_backend("a", health::state::degraded);
    const auto all = samples(figures);
    for (const auto* state : {"healthy", "unhealthy", "unknown", "unauthenticated"})
        EXPECT_THAT(all,
                    Contains(R"(vmcp_backend_state{backend="a",state=")" + std::string(state) + "\"} 0"));
    EXPECT_THAT(all, Contains(R"(vmcp_backend_state{backend="a",state="degraded"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_backend_up{backend="a"} 1)"));
}

TEST_F(Metrics, ABackendThatWaitsForItsCallersCredentialsIsUpAndOneThatNobodyCanSatisfyIsNot) {
    add_backend("theirs", health::state::unauthenticated).callers_may_authenticate = true;
    add_backend("nobodys", health::state::unauthenticated);
    auto& ours = add_backend("ours", health::state::unauthenticated);
    ours.callers_may_authenticate = true;
    ours.health.credentials_refused = true;
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains(R"(vmcp_backend_up{backend="theirs"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_backend_up{backend="nobodys"} 0)"));
    EXPECT_THAT(all, Contains(R"(vmcp_backend_up{backend="ours"} 0)"));
}

TEST_F(Metrics, TheCircuitIsToldOnlyWhereThereIsOne) {
    add_backend("off", health::state::healthy);
    add_backend("on", health::state::healthy).circuit_state = health::circuit::half_open;
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains(R"(vmcp_circuit_state{backend="on",state="half-open"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_circuit_state{backend="on",state="closed"} 0)"));
    EXPECT_THAT(metrics_text(figures), Not(HasSubstr(R"(vmcp_circuit_state{backend="off")")));
}

TEST_F(Metrics, TheProbeDurationIsThatOfTheLastProbeThatSucceeded) {
    add_backend("a", health::state::unhealthy).health.latency = {1000us, 2500us, -1us, -1us};
    add_backend("never", health::state::unhealthy).health.latency = {-1us};
    EXPECT_THAT(samples(figures), Contains(R"(vmcp_probe_duration_seconds{backend="a"} 0.0025)"));
    EXPECT_THAT(metrics_text(figures), Not(HasSubstr(R"(vmcp_probe_duration_seconds{backend="never")")));
}

TEST_F(Metrics, NamesAreEscaped) {
    add_backend("a\"b\\c\nd", health::state::healthy);
    EXPECT_THAT(samples(figures), Contains(R"(vmcp_backend_up{backend="a\"b\\c\nd"} 1)"));
}

TEST_F(Metrics, SessionsThatWereOpenedAreThoseThatLiveAndThoseThatEnded) {
    figures.sessions = 3;
    figures.sessions_ended = {1, 2, 4, 8};
    figures.policy = {.allowed = 31, .denied = 32, .failed = 33, .list_failures = 34};
    const auto all = samples(figures);
    EXPECT_THAT(all, Contains("vmcp_sessions_opened_total 18"));
    EXPECT_THAT(all, Contains(R"(vmcp_sessions_ended_total{reason="deleted"} 1)"));
    EXPECT_THAT(all, Contains(R"(vmcp_sessions_ended_total{reason="expired"} 2)"));
    EXPECT_THAT(all, Contains(R"(vmcp_sessions_ended_total{reason="evicted"} 4)"));
    EXPECT_THAT(all, Contains(R"(vmcp_authz_decisions_total{decision="allowed"} 31)"));
    EXPECT_THAT(all, Contains(R"(vmcp_authz_decisions_total{decision="denied"} 32)"));
    EXPECT_THAT(all, Contains(R"(vmcp_authz_decisions_total{decision="error"} 33)"));
    EXPECT_THAT(all, Contains("vmcp_authz_list_errors_total 34"));
    EXPECT_THAT(all, Contains(R"(vmcp_sessions_ended_total{reason="shutdown"} 8)"));
}

TEST_F(Metrics, EveryFamilyHasHelpAndType) {
    add_backend("a", health::state::healthy);
    std::istringstream text(metrics_text(figures));
    std::string help;
    std::string type;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("# HELP ")) {
            help = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_GT(line.size(), help.size() + 8) << line;
        } else if (line.starts_with("# TYPE ")) {
            type = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_EQ(help, type);
        } else {
            EXPECT_TRUE(line.starts_with(type)) << line;
        }
    }
}

TEST(ProcessFigures, TellOfThisProcess) {
    const auto p = read_process_figures();
    EXPECT_GT(p.resident_bytes, 100'000U);
    EXPECT_GE(p.virtual_bytes, p.resident_bytes);
    EXPECT_GE(p.threads, 1U);
    EXPECT_GE(p.open_fds, 3U);
    EXPECT_GE(p.max_fds, p.open_fds);
    EXPECT_GT(p.start_time, 1.7e9);
}

} // namespace
} // namespace vmcp
