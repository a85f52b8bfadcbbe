// Two replicas and one store: any serves any session, what ended is gone everywhere, and a store that is away takes nothing from
// clients that a replica knows.
#include "tests/unit/replicas/replicas_fixture.hpp"
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/replicas/stored_session.hpp"

namespace vmcp::test_replicas {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const identity alice{"https://issuer.example", "alice"};

TEST_F(replicas, any_replica_serves_a_session) {
    const auto at_a = open(a, alice);
    const auto at_b = find(b, at_a->id(), alice);
    ASSERT_TRUE(at_b) << at_b.error().detail;
    EXPECT_EQ((*at_b)->id(), at_a->id());
    EXPECT_EQ((*at_b)->version(), protocol_version::v2025_06_18);
    EXPECT_EQ(find(b, at_a->id(), alice).value(), *at_b) << "restored once";
    EXPECT_EQ(b.table.size(), 1U);
}

TEST_F(replicas, a_session_that_was_confirmed_a_moment_ago_costs_no_command) {
    const auto session = open(a);
    const auto before = redis.commands.size();
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(find(a, session->id()).value(), session);
    EXPECT_EQ(redis.commands.size(), before);
    later(a);
    EXPECT_EQ(find(a, session->id()).value(), session);
    EXPECT_EQ(redis.commands.size(), before + 1) << "and then it costs one";
    EXPECT_EQ(redis.commands.back().front(), "GETEX");
}

TEST_F(replicas, nothing_at_rest_names_a_session) {
    const auto session = open(a, alice);
    for (const auto& [key, value] : redis.values) {
        EXPECT_THAT(key + value, Not(HasSubstr(session->id())));
        EXPECT_THAT(key + value, Not(HasSubstr("alice")));
    }
}

TEST_F(replicas, somebody_else_finds_nothing_and_harms_nothing) {
    const auto session = open(a, alice);
    EXPECT_EQ(refusal(b, session->id()), errc::session_not_found);
    EXPECT_EQ(refusal(a, session->id()), errc::session_not_found);
    EXPECT_EQ(refusal(b, session->id(), {alice.issuer, "bob"}), errc::session_not_found);
    EXPECT_TRUE(find(b, session->id(), alice));
    EXPECT_TRUE(find(a, session->id(), alice));
    EXPECT_FALSE(session->closed());
}

TEST_F(replicas, a_session_that_ended_is_gone_everywhere) {
    const auto at_a = open(a);
    const auto at_b = find(b, at_a->id()).value();
    fakes::run(io, b.store.end(at_b, session_end::deleted));
    deliver({&a, &b});
    EXPECT_TRUE(at_a->closed());
    EXPECT_EQ(refusal(a, at_a->id()), errc::session_not_found);
    EXPECT_EQ(refusal(b, at_a->id()), errc::session_not_found);
    EXPECT_EQ(a.table.size() + b.table.size(), 0U);
}

TEST_F(replicas, a_session_that_ended_is_gone_although_nobody_heard_it) {
    const auto at_a = open(a);
    const auto at_b = find(b, at_a->id()).value();
    fakes::run(io, b.store.end(at_b, session_end::deleted));
    redis.published.clear();
    later(a);
    EXPECT_EQ(refusal(a, at_a->id()), errc::session_not_found);
    EXPECT_TRUE(at_a->closed());
}

TEST_F(replicas, while_the_store_is_away_known_sessions_go_on_and_others_are_not_denied) {
    const auto session = open(a);
    redis.away = true;
    later(a);
    EXPECT_EQ(find(a, session->id()).value(), session);
    EXPECT_EQ(refusal(b, session->id()), errc::sessions_unreachable);
    EXPECT_EQ(refusal(a, random_session_id()), errc::sessions_unreachable);
    EXPECT_EQ(refusal(a, "no id of ours"), errc::session_not_found);
    const auto opened = fakes::run(io, a.store.open({.id = random_session_id()}));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::sessions_unreachable);
    EXPECT_EQ(a.table.size(), 1U) << "nothing is left of what was refused";
    redis.away = false;
    EXPECT_TRUE(find(b, session->id()));
}

TEST_F(replicas, a_store_that_is_full_refuses_new_sessions_only) {
    const auto session = open(a);
    redis.full = true;
    const auto opened = fakes::run(io, a.store.open({.id = random_session_id()}));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::sessions_unreachable);
    EXPECT_THAT(opened.error().detail, Not(HasSubstr("OOM"))) << "clients need not know what it is";
    EXPECT_TRUE(find(b, session->id()));
}

TEST_F(replicas, a_session_ended_while_the_store_is_away_does_not_come_back) {
    const auto session = open(a);
    redis.away = true;
    fakes::run(io, a.store.end(session, session_end::deleted));
    EXPECT_EQ(refusal(a, session->id()), errc::session_not_found);
    redis.away = false;
    EXPECT_EQ(refusal(a, session->id()), errc::session_not_found);
    fakes::run(io, a.store.connected());
    EXPECT_EQ(refusal(a, session->id()), errc::session_not_found);
    EXPECT_EQ(refusal(b, session->id()), errc::session_not_found);
}

TEST_F(replicas, nor_where_another_replica_writes_it_again_into_an_empty_store) {
    fakes::run(io, a.store.connected());
    fakes::run(io, b.store.connected());
    const auto session = open(a);
    const auto at_b = find(b, session->id()).value();
    redis.away = true;
    fakes::run(io, a.store.end(session, session_end::deleted));
    redis.away = false;
    redis.values.clear();
    fakes::run(io, a.store.connected());
    redis.published.clear(); // nobody listened yet
    fakes::run(io, b.store.connected());
    EXPECT_TRUE(redis.values.contains("p:" + session_digest(session->id()))) << "it is written again";
    const auto now = steady_clock::now();
    a.store.tick(now + 2s);
    deliver({&a, &b});
    EXPECT_TRUE(at_b->closed());
    EXPECT_FALSE(redis.values.contains("p:" + session_digest(session->id())));
    EXPECT_EQ(refusal(b, session->id()), errc::session_not_found);
    a.store.tick(now + 60s);
    redis.published.clear();
    a.store.tick(now + 90s);
    EXPECT_TRUE(redis.published.empty()) << "it is told of for a while only";
}

TEST_F(replicas, sessions_survive_a_store_that_lost_everything) {
    fakes::run(io, a.store.connected());
    fakes::run(io, b.store.connected());
    const auto session = open(a);
    redis.values.clear(); // a restart without persistence
    fakes::run(io, a.store.connected());
    EXPECT_TRUE(find(b, session->id()));
    EXPECT_EQ(find(a, session->id()).value(), session);
    // Without a loss, what is missing has ended.
    fakes::run(io, a.store.connected());
    const auto other = open(a);
    redis.values.erase("p:" + session_digest(other->id()));
    later(a);
    EXPECT_EQ(refusal(a, other->id()), errc::session_not_found);
}

TEST_F(replicas, what_the_client_set_reaches_the_others) {
    const auto at_a = open(a);
    const auto at_b = find(b, at_a->id()).value();
    at_a->set_level(log_level::error);
    at_a->remember_subscription({"b", "u:1", "u:1"}, true);
    (void)find(a, at_a->id());
    a.store.tick(steady_clock::now());
    deliver({&a, &b});
    EXPECT_EQ(find(b, at_a->id()).value(), at_b);
    EXPECT_EQ(at_b->level(), log_level::error);
    EXPECT_EQ(at_b->record().subscriptions, (std::vector<subscription>{{"b", "u:1", "u:1"}}));
    EXPECT_EQ(at_b->take_inherited().size(), 1U) << "no backend was told there";
    const auto sets = redis.count("SET");
    b.store.tick(steady_clock::now());
    a.store.tick(steady_clock::now());
    EXPECT_EQ(redis.count("SET"), sets) << "nobody writes what did not change";
}

TEST_F(replicas, what_the_client_set_while_the_store_was_away_is_written_later) {
    const auto at_a = open(a);
    redis.away = true;
    at_a->set_level(log_level::error);
    (void)find(a, at_a->id());
    a.store.tick(steady_clock::now());
    redis.away = false;
    a.store.tick(steady_clock::now());
    EXPECT_EQ(find(b, at_a->id()).value()->level(), log_level::error);
}

TEST_F(replicas, eviction_does_not_take_a_session_from_the_replica_that_serves_it) {
    const auto at_a = open(a);
    const auto at_b = find(b, at_a->id()).value();
    a.table.end(at_a, session_end::evicted);
    later(b);
    EXPECT_EQ(find(b, at_a->id()).value(), at_b);
    EXPECT_TRUE(find(a, at_a->id())) << "and it comes back where it was evicted";
    EXPECT_EQ(redis.count("DEL"), 0U);
}

TEST_F(replicas, a_shutdown_leaves_sessions_to_the_others) {
    const auto at_a = open(a);
    a.table.clear();
    EXPECT_TRUE(find(b, at_a->id()));
}

TEST_F(replicas, foreign_values_are_no_sessions) {
    const auto id = random_session_id();
    redis.values["p:" + session_digest(id)] = "something else";
    EXPECT_EQ(refusal(a, id), errc::session_not_found);
}

// ---- messages of clients

class asked_replicas : public replicas {
protected:
    void SetUp() override {
        at_a =
            fakes::run(io, a.store.open({.id = random_session_id(),
                                         .capabilities = std::make_shared<client_capabilities>(
                                             read_client_capabilities(R"({"roots":{},"elicitation":{}})"))}))
                .value();
        at_b = find(b, at_a->id()).value();
        question = ask(at_a);
    }
    std::shared_ptr<pending_ask> ask(const session_ptr& session) {
        const std::string text = R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})";
        return session->ask(read_message(text).value(), stream).value();
    }
    void say(replica& at, const session_ptr& session, const std::string& text) {
        at.store.take(read_message(text).value(), session);
        deliver({&a, &b});
    }
    std::string question_id(std::size_t at = 0) const {
        return std::string(json_member(stream->sent.at(at), "id").raw);
    }
    std::optional<std::string> answered(const std::shared_ptr<pending_ask>& waiting) {
        const auto got = fakes::run(io, waiting->answer(steady_clock::now() + 20ms));
        return got ? std::optional(*got) : std::nullopt;
    }

    session_ptr at_a{};
    session_ptr at_b{};
    std::shared_ptr<test::fake_outbound> stream = std::make_shared<test::fake_outbound>();
    std::shared_ptr<pending_ask> question{};
};

TEST_F(asked_replicas, an_answer_finds_the_replica_that_waits) {
    const auto answer = R"({"jsonrpc":"2.0","id":)" + question_id() + R"(,"result":{"roots":[]}})";
    say(b, at_b, answer);
    EXPECT_EQ(answered(question), answer);
}

TEST_F(asked_replicas, questions_of_two_replicas_have_ids_of_their_own) {
    const auto of_b = ask(at_b);
    ASSERT_NE(question_id(0), question_id(1));
    const auto answer = R"({"jsonrpc":"2.0","id":)" + question_id(1) + R"(,"result":{}})";
    say(a, at_a, answer);
    EXPECT_EQ(answered(of_b), answer);
    EXPECT_FALSE(answered(question));
}

TEST_F(asked_replicas, answers_that_nobody_waits_for_go_nowhere) {
    for (const std::string id : {"1", "\"x\"", "99999999999999999999", "-1"})
        say(b, at_b, R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{}})");
    EXPECT_EQ(b.store.figures().passed_on, 0U);
    EXPECT_FALSE(answered(question));
}

TEST_F(asked_replicas, another_client_cannot_answer) {
    const auto other = open(b, alice);
    say(b, other, R"({"jsonrpc":"2.0","id":)" + question_id() + R"(,"result":{}})");
    EXPECT_FALSE(answered(question));
}

TEST_F(asked_replicas, a_cancellation_stops_the_call_wherever_it_runs) {
    const auto running = test::make_call(io);
    ASSERT_TRUE(at_a->begin_call("5", running, 9));
    say(b, at_b,
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"no"}})");
    fakes::settle(io);
    EXPECT_TRUE(running->cancelled());
}

TEST_F(asked_replicas, news_of_the_clients_roots_reach_all_backends) {
    const auto backend = std::make_shared<test::fake_backend_session>();
    at_a->backend(&backend, [&] { return backend; });
    say(b, at_b, R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})");
    EXPECT_EQ(backend->notified.size(), 1U);
}

} // namespace
} // namespace vmcp::test_replicas
