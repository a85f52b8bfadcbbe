// One client's state: calls in flight, questions to it, log level, streams and backends.
#include "tests/unit/session/session_fakes.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using namespace test;
using boost::asio::io_context;
using testing::ElementsAre;

steady_clock::time_point never() {
    return steady_clock::now() + 1h;
}

message read(const std::string& text) {
    return read_message(text).value();
}

TEST(client_capabilities, only_what_can_be_bridged_is_kept) {
    const auto c = read_client_capabilities(
        R"({"roots":{"listChanged":true},"experimental":{"x":1},"sampling":{ "tools":{} }})");
    EXPECT_EQ(c.raw, R"({"sampling":{"tools":{}},"roots":{"listChanged":true}})");
    EXPECT_TRUE(c.sampling && c.roots && !c.elicitation);
    for (const auto* none : {"{}", "", "null", "[]", R"({"sampling":true,"roots":null,"elicitation":[]})"})
        EXPECT_EQ(read_client_capabilities(none).raw, "{}") << none;
}

// Backend sessions are shared by clients with the same text: how a client writes it must not matter.
TEST(client_capabilities, different_ways_to_say_the_same_have_one_text) {
    constexpr const char* all =
        R"({"sampling":{"context":{},"tools":{}},"elicitation":{"form":{},"url":{}},"roots":{"listChanged":true}})";
    EXPECT_EQ(read_client_capabilities(all).raw, all);
    EXPECT_EQ(read_client_capabilities(
                  R"({"roots":{"x":{},"listChanged": true},"elicitation":{"url":{"y":[1]},"form":{}},)"
                  R"("sampling":{"tools":{"z":1},"unknown":{},"context":{ }}})")
                  .raw,
              all);
    for (const auto* plain :
         {R"({"sampling":{},"roots":{}})", R"({"sampling":{"x":1},"roots":{"listChanged":false}})",
          R"({"roots":{"listChanged":null},"sampling":{"tools":1,"context":false}})"})
        EXPECT_EQ(read_client_capabilities(plain).raw, R"({"sampling":{},"roots":{}})") << plain;
}

class calls_of_a_session : public testing::Test {
protected:
    std::shared_ptr<call> control() { return make_call(io_); }
    io_context io_{};
    std::shared_ptr<live_session> session_ = make_session();
};

TEST_F(calls_of_a_session, are_limited) {
    const auto a = control();
    const auto b = control();
    EXPECT_TRUE(session_->begin_call("1", a, 2));
    EXPECT_TRUE(session_->begin_call("2", b, 2));
    EXPECT_EQ(session_->begin_call("3", control(), 2).error().code, errc::too_many_requests);
    EXPECT_TRUE(session_->busy());
    session_->end_call(*a);
    session_->end_call(*a); // once more does no harm
    EXPECT_TRUE(session_->begin_call("3", a, 2));
    session_->end_call(*a);
    session_->end_call(*b);
    EXPECT_FALSE(session_->busy());
}

TEST_F(calls_of_a_session, are_cancelled_by_their_raw_id) {
    const auto number = control();
    const auto text = control();
    const auto same = control();
    EXPECT_TRUE(session_->begin_call("1", number, 9));
    EXPECT_TRUE(session_->begin_call("\"1\"", text, 9));
    EXPECT_TRUE(session_->begin_call("1", same, 9)); // tolerated
    session_->cancel_call("1", "\"why\"");
    session_->cancel_call("2", "");
    fakes::settle(io_);
    EXPECT_TRUE(number->cancelled() && same->cancelled());
    EXPECT_EQ(number->reason(), "\"why\"");
    EXPECT_FALSE(text->cancelled());
    session_->end_call(*number);
    session_->cancel_call("\"1\"", "");
    fakes::settle(io_);
    EXPECT_TRUE(text->cancelled());
}

TEST_F(calls_of_a_session, end_with_it) {
    const auto running = control();
    EXPECT_TRUE(session_->begin_call("1", running, 9));
    session_->close();
    session_->close();
    fakes::settle(io_);
    EXPECT_TRUE(running->cancelled());
    EXPECT_EQ(session_->begin_call("2", control(), 9).error().code, errc::session_not_found);
}

class questions : public testing::Test {
protected:
    std::shared_ptr<pending_ask> ask(const std::string& text) {
        auto asked = session_->ask(read(text), way_);
        EXPECT_TRUE(asked);
        return asked ? *asked : nullptr;
    }
    std::string id_sent(std::size_t i = 0) const { return std::string(json_member(way_->sent[i], "id").raw); }

    io_context io_{};
    std::shared_ptr<live_session> session_ = make_session(R"({"sampling":{},"roots":{}})");
    std::shared_ptr<fake_outbound> way_ = std::make_shared<fake_outbound>();
};

TEST_F(questions, get_an_id_of_our_own_and_their_answer_once) {
    const auto a = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    const auto b = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    ASSERT_EQ(way_->sent.size(), 2U);
    EXPECT_NE(id_sent(0), id_sent(1)) << "equal ids of backends";
    fakes::started<result<std::string>> first(io_, a->answer(never()));
    fakes::started<result<std::string>> second(io_, b->answer(never()));
    fakes::settle(io_);
    const auto text = R"({"jsonrpc":"2.0","id":)" + id_sent(1) + R"(,"result":2})";
    EXPECT_TRUE(session_->answer(read(text)));
    EXPECT_FALSE(session_->answer(read(text))) << "a second time";
    fakes::settle(io_);
    EXPECT_FALSE(first.done());
    EXPECT_EQ(second.value().value(), text);
}

TEST_F(questions, made_up_answers_find_nobody) {
    const auto a = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    for (const auto& id : std::vector<std::string>{"7", "0", "-1", "99", "\"" + id_sent() + "\"",
                                                   id_sent() + ".0", "18446744073709551616"})
        EXPECT_FALSE(session_->answer(read(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":2})"))) << id;
    EXPECT_FALSE(session_->answer(read(R"({"jsonrpc":"2.0","error":{}})")));
}

TEST_F(questions, whose_asker_went_are_forgotten) {
    ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})").reset();
    EXPECT_FALSE(session_->answer(read(R"({"jsonrpc":"2.0","id":)" + id_sent() + R"(,"result":2})")));
}

TEST_F(questions, need_the_capability) {
    for (const auto* method : {"elicitation/create", "tools/call", "ping"}) {
        const auto asked =
            session_->ask(read(std::string(R"({"jsonrpc":"2.0","id":1,"method":")") + method + "\"}"), way_);
        ASSERT_FALSE(asked) << method;
        EXPECT_EQ(asked.error().code, errc::capability_missing);
    }
    EXPECT_TRUE(way_->sent.empty());
}

TEST_F(questions, nobody_answers_are_given_up_and_the_client_is_told) {
    const auto a = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    const auto outcome = fakes::run(io_, a->answer(steady_clock::now() + 1ms));
    EXPECT_EQ(outcome.error().code, errc::client_gone);
    EXPECT_EQ(way_->sent.back(),
              R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id_sent() +
                  R"(,"reason":"timeout"}})");
    EXPECT_FALSE(session_->answer(read(R"({"jsonrpc":"2.0","id":)" + id_sent() + R"(,"result":2})")));
}

TEST_F(questions, can_be_taken_back_unless_they_are_answered) {
    const auto a = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    fakes::started<result<std::string>> waiting(io_, a->answer(never()));
    fakes::settle(io_);
    a->cancel("");
    a->cancel("\"again\"");
    fakes::settle(io_);
    EXPECT_EQ(waiting.value().error().code, errc::cancelled);
    EXPECT_EQ(way_->sent.size(), 2U);
    EXPECT_EQ(way_->sent[1], R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                                 id_sent() + "}}");

    const auto b = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    EXPECT_TRUE(session_->answer(read(R"({"jsonrpc":"2.0","id":)" + id_sent(2) + R"(,"result":2})")));
    b->cancel("");
    EXPECT_EQ(way_->sent.size(), 3U);
    EXPECT_TRUE(fakes::run(io_, b->answer(never())));
}

TEST_F(questions, end_with_the_session) {
    const auto a = ask(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
    fakes::started<result<std::string>> waiting(io_, a->answer(never()));
    fakes::settle(io_);
    session_->close();
    fakes::settle(io_);
    EXPECT_EQ(waiting.value().error().code, errc::client_gone);
    EXPECT_EQ(session_->ask(read(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})"), way_).error().code,
              errc::client_gone);
}

TEST_F(questions, progress_goes_back_with_the_backends_token) {
    const auto a = ask(
        R"({"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"_meta":{"progressToken":"\u0041"}}})");
    EXPECT_EQ(way_->sent[0], R"({"jsonrpc":"2.0","id":)" + id_sent() +
                                 R"(,"method":"sampling/createMessage","params":{"_meta":{"progressToken":)" +
                                 id_sent() + "}}}");
    std::vector<std::string> heard;
    a->on_progress([&](std::string text) { heard.push_back(std::move(text)); });
    const auto progress = [](const std::string& token) {
        return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
               R"(,"progress":1.0}})";
    };
    session_->ask_progress(read(progress(id_sent())));
    session_->ask_progress(read(progress("99")));
    session_->ask_progress(read(progress("\"x\"")));
    EXPECT_THAT(heard, ElementsAre(progress(R"("\u0041")")));

    const auto silent = ask(R"({"jsonrpc":"2.0","id":8,"method":"roots/list"})"); // wants no progress
    silent->on_progress([&](std::string text) { heard.push_back(std::move(text)); });
    session_->ask_progress(read(progress(id_sent(1))));
    EXPECT_EQ(heard.size(), 1U);
}

class limited_questions : public questions {
protected:
    void limit(live_session::question_limits to) {
        session_ =
            std::make_shared<live_session>(session_record{.id = "0123456789abcdef0123456789abcdef",
                                                          .capabilities = session_->shared_capabilities()},
                                           to);
        (void)session_->set_stream(way_);
    }
    result<std::string> answer_to(const std::shared_ptr<pending_ask>& asked,
                                  std::chrono::milliseconds within) {
        return fakes::run(io_, asked->answer(steady_clock::now() + within));
    }
    static constexpr auto text = R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})";
};

TEST_F(limited_questions, as_many_as_may_be_open) {
    limit({.most = 2});
    auto a = ask(text);
    const auto b = ask(text);
    const auto refused = session_->ask(read(text), way_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::too_many_requests);
    a.reset();
    EXPECT_TRUE(ask(text)) << "one was taken back";
}

TEST_F(limited_questions, end_when_the_client_is_away_for_too_long) {
    limit({.patience = 20ms});
    way_->away = steady_clock::now();
    const auto asked = ask(text);
    const auto given = answer_to(asked, 1h);
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().code, errc::client_gone);
    EXPECT_EQ(given.error().detail, "the client was away for too long");
    EXPECT_FALSE(session_->answer(read(R"({"jsonrpc":"2.0","id":1,"result":{}})")));
}

TEST_F(limited_questions, wait_for_a_client_that_is_there_or_was_heard_of_lately) {
    limit({.patience = 20ms});
    way_->away = std::nullopt;
    EXPECT_EQ(answer_to(ask(text), 60ms).error().detail, "the client did not answer in time");
    way_->away = steady_clock::now() - 1h;
    const auto later = steady_clock::now() + 1h; // its last request
    session_->last_used =
        std::chrono::duration_cast<std::chrono::milliseconds>(later.time_since_epoch()).count();
    EXPECT_EQ(answer_to(ask(text), 60ms).error().detail, "the client did not answer in time");
}

TEST(live_session, log_lines_are_filtered_by_what_the_client_asked_for) {
    const auto session = make_session();
    EXPECT_TRUE(wants_log(session->level(), "\"debug\"")) << "never asked: all";
    session->set_level(log_level::warning);
    EXPECT_FALSE(wants_log(session->level(), "\"notice\""));
    EXPECT_TRUE(wants_log(session->level(), "\"warning\""));
    EXPECT_TRUE(wants_log(session->level(), "\"emergency\""));
    for (const auto* odd : {"\"loud\"", "", "1", "\"\""})
        EXPECT_TRUE(wants_log(session->level(), odd)) << odd;
}

TEST(live_session, the_level_is_told_to_all_backends) {
    const auto session = make_session();
    const auto made = std::make_shared<fake_backend_session>();
    session->backend(&made, [&] { return made; });
    session->set_level(log_level::error);
    EXPECT_THAT(made->levels, ElementsAre(log_level::error));
}

TEST(live_session, has_one_session_with_each_backend) {
    const auto session = make_session();
    const int a = 0;
    const int b = 0;
    const auto make = [] { return std::make_shared<fake_backend_session>(); };
    const auto first = session->backend(&a, make);
    EXPECT_EQ(session->backend(&a, make), first);
    EXPECT_NE(session->backend(&b, make), first);
    EXPECT_EQ(session->backends().size(), 2U);
    session->drop_backend(&a);
    session->drop_backend(&a);
    EXPECT_EQ(std::static_pointer_cast<fake_backend_session>(first)->closes, 1);
    EXPECT_EQ(session->backends().size(), 1U);
    EXPECT_NE(session->backend(&a, make), first);
}

TEST(live_session, closing_ends_backends_and_stream_once) {
    const auto session = make_session();
    const auto made = std::make_shared<fake_backend_session>();
    const auto stream = std::make_shared<fake_outbound>();
    const auto second = std::make_shared<fake_outbound>();
    session->backend(&made, [&] { return made; });
    EXPECT_EQ(session->set_stream(stream), stream);
    EXPECT_EQ(session->set_stream(second), stream) << "the first one stays";
    session->close();
    session->close();
    EXPECT_EQ(made->closes, 1);
    EXPECT_TRUE(stream->closed);
    EXPECT_EQ(session->set_stream(second), nullptr);
    // A call that began before the end must not leave a session at the backend behind.
    const auto late = std::make_shared<fake_backend_session>();
    EXPECT_EQ(session->backend(&late, [&] { return late; }), late);
    EXPECT_EQ(late->closes, 1);
    EXPECT_TRUE(session->backends().empty());
}

TEST(live_session, changed_lists_are_told_at_once_or_remembered) {
    const auto session = make_session();
    const auto stream = std::make_shared<fake_outbound>();
    session->lists_changed(1);
    session->set_stream(stream);
    session->lists_changed(4);
    EXPECT_TRUE(stream->sent.empty()) << "nobody listens";
    stream->open = true;
    session->lists_changed(0);
    EXPECT_THAT(stream->sent,
                ElementsAre(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})",
                            R"({"jsonrpc":"2.0","method":"notifications/resources/list_changed"})"));
    session->lists_changed(2);
    EXPECT_EQ(stream->sent.size(), 3U);
    EXPECT_EQ(stream->sent.back(), R"({"jsonrpc":"2.0","method":"notifications/prompts/list_changed"})");
    session->lists_changed(0);
    EXPECT_EQ(stream->sent.size(), 3U);
}

TEST(live_session, remembers_no_uri_that_is_long) {
    const auto session = make_session();
    const std::string longest(learned_uris::max_learned_uri, 'x');
    EXPECT_TRUE(session->learn_uri(longest, "b"));
    EXPECT_FALSE(session->learn_uri(longest + "x", "b"));
    EXPECT_TRUE(session->learned(longest));
    EXPECT_FALSE(session->learned(longest + "x"));
}

TEST(live_session, remembers_the_first_uris_it_learned) {
    const auto session = make_session();
    EXPECT_FALSE(session->learned("x:0"));
    for (std::size_t i = 0; i < learned_uris::max_learned; ++i)
        EXPECT_TRUE(session->learn_uri("x:" + std::to_string(i), "b" + std::to_string(i)));
    EXPECT_FALSE(session->learn_uri("y:", "b")) << "whoever was told of the others may come back with them";
    EXPECT_EQ(session->learned("x:0"), (uri_owner{"b0", "x:0"}));
    EXPECT_EQ(session->learn_uri("x:1", "other"), (uri_owner{"b1", "x:1"})) << "whoever mentioned it first";
    session->forget_uri("x:1");
    EXPECT_TRUE(session->learn_uri("y:", "b"));
}

TEST(live_session, uris_are_the_same_in_any_spelling) {
    const auto session = make_session();
    session->learn_uri("UI://%70age/%7e", "a");
    const uri_owner owner{"a", "UI://%70age/%7e"};
    EXPECT_EQ(session->learned("ui://page/~"), owner);
    EXPECT_EQ(session->learned("Ui://pag%65/%7E"), owner);
    EXPECT_EQ(session->learn_uri("ui://page/~", "b"), owner);
    EXPECT_FALSE(session->learned("ui://page/%2F"));
    session->forget_uri("ui://page/~");
    EXPECT_FALSE(session->learned("UI://%70age/%7e"));
}

TEST(live_session, knows_how_the_client_calls_what_it_subscribed_to) {
    const auto session = make_session();
    EXPECT_EQ(session->subscribed_as("b", "ui://page"), "");
    session->remember_subscription({"b", "ui://page", "mcp+b:ui://page"}, true);
    EXPECT_EQ(session->subscribed_as("b", "ui://page"), "mcp+b:ui://page");
    EXPECT_EQ(session->subscribed_as("b", "UI://pag%65"), "mcp+b:ui://page");
    EXPECT_EQ(session->subscribed_as("a", "ui://page"), "");
    session->remember_subscription({"b", "UI://page", "as it was written"}, true);
    EXPECT_EQ(session->subscribed_as("b", "UI://page"), "as it was written")
        << "rather than one that means the same";
    session->remember_subscription({"b", "UI://page", "as it was written"}, false);
    session->remember_subscription({"b", "ui://page", "mcp+b:ui://page"}, false);
    EXPECT_EQ(session->subscribed_as("b", "ui://page"), "");
}

} // namespace
} // namespace vmcp
