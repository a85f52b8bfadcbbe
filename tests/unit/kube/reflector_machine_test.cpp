// What a reflector does about everything that can happen to a list and a watch, without a server and without waiting.
#include "transport/kube/reflector_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kube {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using kind = reflector_action::kind;

class reflecting : public testing::Test {
protected:
    reflector_action next() { return machine.next(now); }

    static kube_answer answer(unsigned status, std::string body = {}) {
        return {.status = status, .body = std::move(body)};
    }
    static kube_answer nothing(std::string why) {
        kube_answer out;
        out.error = std::move(why);
        return out;
    }
    static std::string page(const std::string& version, const std::vector<std::string>& names,
                            const std::string& more = {}) {
        std::string items;
        for (const auto& name : names)
            items += (items.empty() ? "" : ",") + object(name);
        return R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + more +
               R"("},"items":[)" + items + "]}";
    }
    static std::string object(const std::string& name, const std::string& version = "1") {
        return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"("}})";
    }
    static std::string event(const std::string& type, const std::string& name, const std::string& version) {
        return R"({"type":")" + type + R"(","object":)" + object(name, version) + "}";
    }
    static std::string error(const std::string& status) {
        return R"({"type":"ERROR","object":)" + status + "}";
    }

    bool list(const std::string& body) {
        EXPECT_EQ(next().type, kind::list);
        return machine.listed(answer(200, body), now);
    }
    // Up to a watch that runs.
    void watch_from(const std::string& version, const std::vector<std::string>& names) {
        list(page(version, names));
        begin_watch();
    }
    reflector_action begin_watch() {
        auto action = next();
        if (action.type == kind::pause) {
            now = action.until;
            action = next();
        }
        EXPECT_EQ(action.type, kind::watch);
        machine.watching(now);
        return action;
    }
    // How long it pauses; 0: not at all.
    milliseconds pause() {
        const auto action = next();
        return action.type == kind::pause ? std::chrono::duration_cast<milliseconds>(action.until - now)
                                          : 0ms;
    }
    std::string names() const {
        std::string out;
        for (const auto& [name, entry] : store.all())
            out += name + " ";
        return out;
    }

    time_point now{1h};
    double dice = 0.5;
    vmcp::byte_budget room{1'000'000};
    object_store store{room};
    reflector_machine machine{{.collection = "/api/v1/namespaces/n/things",
                               .reduce = [](std::string_view text) { return std::string(text); },
                               .dice = [this] { return dice; }},
                              store};
};

TEST_F(reflecting, lists_in_pages_and_watches_from_there) {
    EXPECT_EQ(next().target, "/api/v1/namespaces/n/things?limit=500");
    EXPECT_FALSE(machine.listed(answer(200, page("5", {"a"}, "x/y=")), now));
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_FALSE(machine.state().listed);
    EXPECT_EQ(next().target, "/api/v1/namespaces/n/things?limit=500&continue=x%2Fy%3D");
    EXPECT_TRUE(machine.listed(answer(200, page("7", {"b"})), now));
    EXPECT_EQ(names(), "a b ");
    EXPECT_TRUE(machine.state().listed);
    const auto watch = next();
    EXPECT_EQ(watch.type, kind::watch);
    EXPECT_EQ(watch.target, "/api/v1/namespaces/n/things?watch=1&allowWatchBookmarks=true&resourceVersion=7&"
                            "timeoutSeconds=450");
    EXPECT_EQ(watch.idle, 480s);
}

TEST_F(reflecting, an_empty_list_is_news_too) {
    EXPECT_TRUE(list(page("1", {})));
    EXPECT_TRUE(machine.state().listed);
}

TEST_F(reflecting, watches_end_after_five_to_ten_minutes) {
    dice = 0;
    list(page("1", {}));
    EXPECT_THAT(next().target, HasSubstr("timeoutSeconds=300"));
    dice = 0.999;
    now += 1s;
    EXPECT_THAT(next().target, HasSubstr("timeoutSeconds=599"));
}

TEST_F(reflecting, events_change_the_store_and_only_changes_are_told) {
    watch_from("5", {"a"});
    EXPECT_TRUE(machine.event(event("ADDED", "b", "6"), now));
    EXPECT_FALSE(machine.event(event("ADDED", "b", "6"), now)); // twice
    EXPECT_TRUE(machine.event(event("DELETED", "a", "7"), now));
    EXPECT_FALSE(machine.event(event("DELETED", "never", "8"), now));
    EXPECT_FALSE(machine.event(event("NEW-TYPE", "x", "9"), now));
    EXPECT_EQ(names(), "b ");
    EXPECT_FALSE(machine.gives_up_watch());
}

TEST_F(reflecting, goes_on_at_the_last_version_also_that_of_a_bookmark) {
    watch_from("5", {"a"});
    machine.event(event("MODIFIED", "a", "6"), now);
    machine.event(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"99"}}})", now);
    now += 400s;
    machine.watch_ended(answer(200), now);
    EXPECT_THAT(next().target, HasSubstr("resourceVersion=99&"));
}

TEST_F(reflecting, a_watch_that_was_cut_or_stalled_goes_on_where_it_was) {
    watch_from("5", {"a"});
    machine.event(event("ADDED", "b", "6"), now);
    auto cut = answer(200);
    cut.error = "closed in the middle";
    now += 2s;
    machine.watch_ended(cut, now);
    EXPECT_THAT(next().target, HasSubstr("resourceVersion=6&"));
    now += 480s;
    cut.timed_out = true;
    machine.watch_ended(cut, now);
    EXPECT_THAT(next().target, HasSubstr("resourceVersion=6&"));
    EXPECT_THAT(machine.state().problem, IsEmpty());
}

TEST_F(reflecting, does_not_watch_anew_faster_than_twice_a_second) {
    watch_from("5", {"a"});
    machine.event(event("ADDED", "b", "6"), now);
    machine.watch_ended(answer(200), now);
    EXPECT_EQ(pause(), 500ms);
}

TEST_F(reflecting, watches_that_end_at_once_are_begun_ever_more_slowly) {
    watch_from("5", {"a"});
    machine.watch_ended(answer(200), now);
    EXPECT_EQ(pause(), 800ms);
    EXPECT_THAT(machine.state().problem, HasSubstr("as soon as it had begun"));
    begin_watch();
    EXPECT_THAT(machine.state().problem, Not(IsEmpty())); // not believed yet
    machine.watch_ended(answer(200), now);
    EXPECT_EQ(pause(), 1600ms);
    begin_watch();
    machine.event(event("ADDED", "b", "6"), now);
    EXPECT_THAT(machine.state().problem, IsEmpty());
}

TEST_F(reflecting, what_is_too_old_is_listed_anew_and_compared) {
    const std::vector<std::pair<std::string, std::function<void()>>> ways{
        {"410", [this] { machine.watch_ended(answer(410), now); }},
        {"code", [this] { machine.event(error(R"({"code":410})"), now); }},
        {"Expired", [this] { machine.event(error(R"({"reason":"Expired"})"), now); }},
        {"Gone", [this] { machine.event(error(R"({"reason":"Gone"})"), now); }}};
    watch_from("5", {"a", "b"});
    int version = 10;
    for (const auto& [title, go] : ways) {
        now += 10s; // it lasted
        machine.event(event("MODIFIED", "a", std::to_string(version++)), now);
        go();
        now += pause();
        EXPECT_EQ(next().type, kind::list) << title;
        EXPECT_EQ(next().target, "/api/v1/namespaces/n/things?limit=500") << title;
        EXPECT_TRUE(list(page(std::to_string(version++), {"b", title == "410" ? "c" : title})));
        EXPECT_EQ(store.find("a"), nullptr) << title;
        begin_watch();
    }
}

TEST_F(reflecting, a_server_that_calls_every_list_too_old_is_asked_ever_more_slowly) {
    list(page("5", {"a"}));
    milliseconds last{0};
    for (int i = 0; i < 4; ++i) {
        begin_watch();
        machine.watch_ended(answer(410), now);
        const auto waits = pause();
        if (i > 0) {
            EXPECT_GT(waits, last);
        }
        last = waits;
        now += waits;
        list(page("6", {"a"}));
    }
}

TEST_F(reflecting, a_page_that_is_too_old_begins_the_list_again) {
    next();
    machine.listed(answer(200, page("5", {"gone"}, "more")), now);
    next();
    machine.listed(answer(410), now);
    now += pause();
    EXPECT_EQ(next().target, "/api/v1/namespaces/n/things?limit=500");
    list(page("6", {"a"}));
    EXPECT_EQ(names(), "a ");
}

TEST_F(reflecting, pages_that_are_too_large_become_smaller) {
    next();
    auto large = nothing("the answer is too large");
    large.too_large = true;
    machine.listed(large, now);
    EXPECT_THAT(next().target, HasSubstr("limit=62"));
    machine.listed(large, now);
    machine.listed(large, now);
    EXPECT_THAT(next().target, HasSubstr("limit=1"));
    machine.listed(large, now);
    EXPECT_EQ(pause(), 800ms); // there is nothing smaller
    now += 800ms;
    watch_from("1", {});
    now += 2s;
    machine.watch_ended(answer(410), now);
    now += 500ms;
    EXPECT_THAT(next().target, HasSubstr("limit=1")); // or each list would begin with what was too large
}

TEST_F(reflecting, lists_anew_are_spread_over_half_a_second) {
    watch_from("5", {"a"});
    for (const double one : {0.0, 0.5, 0.999}) {
        dice = one;
        now += 10s;
        machine.event(event("MODIFIED", "a", "6"), now);
        machine.watch_ended(answer(410), now);
        EXPECT_NEAR(static_cast<double>(pause().count()), 500 * one, 1);
        now += 500ms;
        list(page("7", {"a"}));
        begin_watch();
    }
}

TEST_F(reflecting, what_a_list_brings_takes_its_room_page_by_page) {
    vmcp::byte_budget small{10'000};
    object_store into{small};
    reflector_machine reading{{.collection = "/things",
                               .reduce = [](std::string_view) { return std::string(1'000, 'x'); },
                               .dice = [] { return 0.0; }},
                              into};
    for (int i = 0; i < 50; ++i) {
        (void)reading.next(now);
        reading.listed(answer(200, page("5", {std::to_string(i)}, i < 49 ? "more" : "")), now);
        EXPECT_LE(small.used(), 10'000U);
    }
    EXPECT_EQ(into.all().size(), 50U);
    EXPECT_GT(into.without_room(), 40U);
    EXPECT_LT(into.without_room(), 50U);
}

// As of an API server that accepts each watch and then cannot serve it.
TEST_F(reflecting, watches_that_end_with_an_error_at_once_are_begun_ever_more_slowly_and_then_listed) {
    watch_from("5", {"a"});
    int lists = 0;
    int ends = 0;
    const auto end = now + 9min;
    while (now < end) {
        const auto action = next();
        if (action.type == kind::pause) {
            now = action.until;
        } else if (action.type == kind::list) {
            ++lists;
            machine.listed(answer(200, page("6", {"a"})), now);
            EXPECT_THAT(machine.state().problem, IsEmpty()); // what is known is new
        } else {
            machine.watching(now);
            machine.event(error(R"({"code":500,"message":"boom"})"), now);
            ++ends;
            EXPECT_EQ(machine.state().problem, "the watch ended with an error: 500 boom");
        }
    }
    EXPECT_LE(ends, 30);
    EXPECT_GE(lists, 2);
    begin_watch();
    machine.event(event("MODIFIED", "a", "7"), now);
    EXPECT_THAT(machine.state().problem, IsEmpty());
}

TEST_F(reflecting, failures_are_repeated_ever_more_slowly_up_to_half_a_minute) {
    const std::vector<milliseconds> expected{800ms,   1600ms,  3200ms,  6400ms,
                                             12800ms, 25600ms, 30000ms, 30000ms};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(next().type, kind::list);
        machine.listed(i % 2 == 0 ? nothing("connection refused by 127.0.0.1:1") : answer(503), now);
        EXPECT_EQ(pause(), expected[i]) << i;
        now += expected[i];
    }
    EXPECT_FALSE(machine.state().listed);
    list(page("1", {}));
    EXPECT_THAT(machine.state().problem, IsEmpty());
}

TEST_F(reflecting, pauses_are_spread) {
    dice = 0;
    next();
    machine.listed(answer(500), now);
    EXPECT_EQ(pause(), 600ms);
    now += 1h;
    dice = 0.999;
    next();
    machine.listed(answer(500), now);
    EXPECT_NEAR(static_cast<double>(pause().count()), 2000, 5);
}

TEST_F(reflecting, waits_as_long_as_it_is_told_to) {
    next();
    auto busy = answer(429);
    busy.retry_after = 7s;
    dice = 0;
    machine.listed(busy, now);
    EXPECT_EQ(pause(), 7s);
    now += 7s;
    watch_from("1", {});
    now += 2s;
    machine.event(error(R"({"code":429,"details":{"retryAfterSeconds":9}})"), now);
    EXPECT_TRUE(machine.gives_up_watch());
    EXPECT_EQ(pause(), 9s);
    now += 9s;
    EXPECT_EQ(next().type, kind::watch);
}

TEST_F(reflecting, what_is_forbidden_is_asked_for_once_a_minute_and_said) {
    next();
    machine.listed(answer(403, R"({"message":"things is forbidden: User \"x\" cannot list"})"), now);
    EXPECT_EQ(pause(), 60s);
    EXPECT_THAT(machine.state().problem, AllOf(HasSubstr("HTTP 403"), HasSubstr("things is forbidden")));
    EXPECT_TRUE(machine.state().refused);
    EXPECT_FALSE(machine.state().unknown_kind);
    now += 61s;
    machine.listed(answer(404), now);
    EXPECT_TRUE(machine.state().unknown_kind);
    now += 70s;
    list(page("1", {}));
    EXPECT_FALSE(machine.state().refused);
    EXPECT_FALSE(machine.state().unknown_kind);
}

TEST_F(reflecting, refused_is_what_it_is_now) {
    next();
    machine.listed(answer(404), now);
    EXPECT_TRUE(machine.state().unknown_kind);
    for (const auto& other : {answer(500), nothing("connection refused")}) {
        machine.listed(answer(403), now);
        EXPECT_TRUE(machine.state().refused);
        machine.listed(other, now);
        EXPECT_FALSE(machine.state().refused);
        EXPECT_FALSE(machine.state().unknown_kind);
        EXPECT_THAT(machine.state().problem, Not(IsEmpty()));
    }
}

TEST_F(reflecting, what_is_known_stays_while_the_server_refuses) {
    watch_from("5", {"a"});
    now += 2s;
    for (const unsigned status : {401U, 403U, 404U, 500U}) {
        machine.watch_ended(answer(status), now);
        EXPECT_EQ(names(), "a ") << status;
        EXPECT_THAT(machine.state().problem, HasSubstr(std::to_string(status)));
        now += 70s;
        next();
    }
}

TEST_F(reflecting, a_token_that_is_not_accepted_is_said_to_be_one) {
    next();
    machine.listed(answer(401), now);
    EXPECT_THAT(machine.state().problem, HasSubstr("the token"));
    EXPECT_EQ(pause(), 800ms);
}

TEST_F(reflecting, a_version_that_is_refused_again_and_again_is_given_up) {
    watch_from("5", {"a"});
    int watches = 0;
    for (auto action = next(); action.type != kind::list && watches < 20; action = next()) {
        if (action.type == kind::pause) {
            now = action.until;
            continue;
        }
        ++watches;
        now += 2s;
        machine.watch_ended(answer(504, R"({"message":"Too large resource version"})"), now);
    }
    EXPECT_EQ(watches, 5);
}

TEST_F(reflecting, an_event_that_cannot_be_read_is_a_reason_to_list) {
    watch_from("5", {"a"});
    now += 2s;
    machine.event("{\"type\":", now);
    EXPECT_TRUE(machine.gives_up_watch());
    EXPECT_EQ(pause(), 800ms);
    now += 1s;
    EXPECT_EQ(next().type, kind::list);
    list(page("6", {"b"}));
    begin_watch();
    now += 2s;
    machine.line_too_long(now);
    EXPECT_TRUE(machine.gives_up_watch());
    EXPECT_THAT(machine.state().problem, HasSubstr("too long"));
    EXPECT_GT(pause(), 800ms); // again
}

TEST_F(reflecting, a_list_that_is_none_changes_nothing) {
    watch_from("5", {"a"});
    now += 2s;
    machine.watch_ended(answer(410), now);
    next();
    EXPECT_FALSE(machine.listed(answer(200, "<html>"), now));
    EXPECT_EQ(names(), "a ");
    EXPECT_THAT(machine.state().problem, HasSubstr("not JSON"));
}

TEST(reflecting_one, object_selects_it_and_passes_over_others) {
    vmcp::byte_budget room{1'000'000};
    object_store store{room};
    reflector_machine machine{{.collection = "/api/v1/namespaces/n/secrets",
                               .name = "a.b",
                               .reduce = [](std::string_view text) { return std::string(text); },
                               .dice = [] { return 0.0; }},
                              store};
    const time_point now{1h};
    EXPECT_EQ(machine.next(now).target,
              "/api/v1/namespaces/n/secrets?limit=500&fieldSelector=metadata.name%3Da.b");
    machine.listed(
        {.status = 200,
         .body = R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"other"}}]})"},
        now);
    EXPECT_TRUE(store.all().empty());
    EXPECT_THAT(machine.next(now).target, HasSubstr("timeoutSeconds=300&fieldSelector=metadata.name%3Da.b"));
    EXPECT_FALSE(machine.event(R"({"type":"ADDED","object":{"metadata":{"name":"other"}}})", now));
    EXPECT_TRUE(machine.event(R"({"type":"ADDED","object":{"metadata":{"name":"a.b"}}})", now));
    EXPECT_EQ(store.all().size(), 1U);
}

} // namespace
} // namespace kube
