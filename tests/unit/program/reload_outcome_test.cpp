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

health::wall_time at(int seconds) {
    return health::wall_time{} + std::chrono::seconds(seconds);
}

TEST(ReloadOutcome, IsRecorded) {
    reload_history all{.figures = {.last_success = 10}};
    all = recorded(all, {.what = kind::refused, .problems = {"no"}}, "SIGHUP", at(20));
    EXPECT_EQ(all.figures.refused, 1U);
    EXPECT_FALSE(all.figures.last_succeeded);
    EXPECT_EQ(all.figures.last_success, 10);
    EXPECT_EQ(all.refused, (health::refused_reload{.when = at(20), .by = "SIGHUP", .problems = {"no"}}));
    all = recorded(all, {.what = kind::refused, .problems = {"still no"}}, "a file changed", at(25));
    EXPECT_EQ(all.refused->problems, std::vector<std::string>{"still no"});
    all = recorded(all, {.what = kind::unchanged}, "SIGHUP", at(30));
    EXPECT_FALSE(all.refused) << "mended: what runs is what is on disk";
    all = recorded(all, {.what = kind::reloaded}, "SIGHUP", at(40));
    EXPECT_EQ(all.figures.succeeded, 2U);
    EXPECT_TRUE(all.figures.last_succeeded);
    EXPECT_EQ(all.figures.last_success, 40);
}

TEST(ReloadOutcome, TheLastOneIsTold) {
    EXPECT_FALSE(reload_history{}.last);
    auto all = recorded(
        {}, {.what = kind::reloaded, .backends = {.added = {"a"}}, .needs_restart = {"runtime.workers"}},
        "SIGHUP", at(20));
    ASSERT_TRUE(all.last);
    EXPECT_EQ(last_reload_json(*all.last),
              R"({"when":"1970-01-01T00:00:20.000Z","by":"SIGHUP","status":"reloaded","changes":"added a",)"
              R"("needs_restart":["runtime.workers"]})");
    all = recorded(all, {.what = kind::refused, .problems = {"no"}}, "a file changed", at(25));
    EXPECT_EQ(last_reload_json(*all.last),
              R"({"when":"1970-01-01T00:00:25.000Z","by":"a file changed","status":"refused","changes":"",)"
              R"("needs_restart":[]})");
}

TEST(ReloadOutcome, KeepsNotEveryProblem) {
    const auto all = recorded({}, {.what = kind::refused, .problems = std::vector<std::string>(1000, "no")},
                              "SIGHUP", at(1));
    ASSERT_EQ(all.refused->problems.size(), 101U);
    EXPECT_EQ(all.refused->problems.back(), "and 900 more: see the log");
}

TEST(RestartKeys, NameWhatTheRunningProcessCannotChange) {
    const config before;
    EXPECT_THAT(restart_keys(before, before), IsEmpty());
    config after;
    after.workers = 3;
    after.core_dumps = true;
    after.admin.port = 1;
    after.listener.tls.certificate_path = "x.pem";
    after.limits.max_body = 1;
    after.limits.idle_timeout = std::chrono::seconds(1);
    EXPECT_THAT(restart_keys(before, after),
                ElementsAre("runtime.workers", "runtime.coreDumps", "admin.port", "listener.tls",
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
