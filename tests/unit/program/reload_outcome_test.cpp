// What a reload tells, and which keys it cannot change.
#include "vmcp/program/reload_outcome.hpp"

#include "vmcp/assembly/derived_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using kind = reload_outcome::kind;

TEST(ReloadOutcome, SaysWhatChanged) {
    const reload_outcome outcome{
        .what = kind::reloaded,
        .backends = {.added = {"a"},
                     .removed = {"b", "c"},
                     .replaced = {{"d", {health::definition_part::url, health::definition_part::auth}}},
                     .adjusted = {{"e", {health::definition_part::limits}}},
                     .untouched = {"f"}},
        .needs_restart = {"runtime.workers"}};
    EXPECT_EQ(
        reload_json(outcome),
        R"({"status":"reloaded","backends":{"added":["a"],"removed":["b","c"],)"
        R"("replaced":[{"name":"d","parts":["url","auth"]}],"adjusted":[{"name":"e","parts":["limits"]}],)"
        R"("untouched":["f"]},"needs_restart":["runtime.workers"]})");
}

TEST(ReloadOutcome, SaysWhyItWasRefused) {
    EXPECT_EQ(reload_json({.what = kind::refused, .problems = {"vmcp.yaml:1:2: no", "\xff"}}),
              "{\"status\":\"refused\",\"problems\":[\"vmcp.yaml:1:2: no\",\"\xef\xbf\xbd\"]}");
    EXPECT_EQ(reload_json({}), R"({"status":"unchanged"})");
}

TEST(ReloadOutcome, IsCounted) {
    reload_figures figures{.last_success = 10};
    figures = counted(figures, {.what = kind::refused}, 20);
    EXPECT_EQ(figures.refused, 1U);
    EXPECT_FALSE(figures.last_succeeded);
    EXPECT_EQ(figures.last_success, 10);
    figures = counted(figures, {.what = kind::unchanged}, 30);
    figures = counted(figures, {.what = kind::reloaded}, 40);
    EXPECT_EQ(figures.succeeded, 2U);
    EXPECT_TRUE(figures.last_succeeded);
    EXPECT_EQ(figures.last_success, 40);
}

TEST(RestartKeys, NameWhatTheRunningProcessCannotChange) {
    const config before;
    EXPECT_THAT(restart_keys(before, before), IsEmpty());
    config after;
    after.workers = 3;
    after.admin.port = 1;
    after.listener.tls.certificate_path = "x.pem";
    after.limits.max_body = 1;
    after.limits.idle_timeout = std::chrono::seconds(1);
    EXPECT_THAT(restart_keys(before, after), ElementsAre("runtime.workers", "admin.port", "listener.tls",
                                                         "limits.maxBody", "limits.idleTimeout"));
}

TEST(RestartKeys, AreSilentAboutWhatTakesEffectAtOnce) {
    const config before;
    config after;
    after.name = "other";
    after.admin.token = "x";
    after.limits.max_streams = 1;
    after.limits.max_in_flight = 1;
    after.sessions.ttl = std::chrono::seconds(1);
    after.metrics = false;
    after.log.level = "debug";
    EXPECT_THAT(restart_keys(before, after), IsEmpty());
}

} // namespace
} // namespace vmcp
