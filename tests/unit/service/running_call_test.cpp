// Calls that outlive the request that brought them: parked, asked, attached again, on one thread and on two.
#include "vmcp/service/running_call.hpp"

#include "tests/unit/service/gateway_world.hpp"

#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using namespace test;
using end = running_call::end;

// An exchange that goes on step by step, as the test says.
class stepwise final : public service {
public:
    awaitable<void> handle(std::shared_ptr<call> call, reply_sink& out) override {
        for (;;) {
            const cancellation::scope cancellable(call.get(), [this] { steps.notify_all(); });
            while (script.empty()) {
                auto ticket = steps.take(call->executor());
                if (call->cancelled())
                    co_return;
                co_await ticket.wait();
            }
            auto step = std::move(script.front());
            script.pop_front();
            seen_name = call->request().param.name.raw;
            if (co_await step(*call, out))
                co_return;
        }
    }
    awaitable<bool> permits(const caller&, const message&) override { co_return true; }
    // True: the exchange is over.
    using step = std::function<awaitable<bool>(const call&, reply_sink&)>;
    void go_on(step next) {
        script.push_back(std::move(next));
        steps.notify_all();
    }

    std::deque<step> script{};
    wait_list steps{};
    std::string seen_name{};
};

stepwise::step say(std::string text) {
    return [text = std::move(text)](const call&, reply_sink& out) -> awaitable<bool> {
        co_await out.notify(gather(text));
        co_return false;
    };
}

stepwise::step answer_with(std::string raw) {
    return [raw = std::move(raw)](const call&, reply_sink& out) -> awaitable<bool> {
        co_await out.done(reply::of_result(raw));
        co_return true;
    };
}

class parked : public testing::Test {
protected:
    std::shared_ptr<running_call> start(std::string_view capabilities = R"({"elicitation":{}})") {
        // The text of the request dies before the exchange is over, as a connection's buffer does.
        auto text = std::make_unique<std::string>(request("tools/call", R"({"name":"t"})"));
        auto asked = std::make_shared<call>(
            read_message(*text).value(),
            call_terms{.spoken = era::modern,
                       .from = std::make_shared<caller>(),
                       .can = std::make_shared<client_capabilities>(read_client_capabilities(capabilities))},
            io_.get_executor());
        asked->keep_bytes();
        std::fill(text->begin(), text->end(), 'x');
        return running_call::start(core_, std::move(asked), &memory_).value();
    }
    static stepwise::step ask_client(std::vector<std::shared_ptr<pending_ask>>& asked,
                                     std::string_view method = "elicitation/create") {
        return [&asked, method](const call&, reply_sink& out) -> awaitable<bool> {
            const auto text = request(method, R"({"message":"sure?"})", "7");
            auto pending = out.ask(read_message(text).value());
            if (pending)
                asked.push_back(*pending);
            co_return false;
        };
    }

    memory_ledger memory_{};
    boost::asio::io_context io_{};
    stepwise core_{};
};

TEST_F(parked, a_call_goes_on_without_its_request_and_another_one_gets_the_reply) {
    const auto running = start();
    recording_sink first;
    {
        fakes::started<end> waiting(io_, running->attach(first));
        core_.go_on(say("one"));
        fakes::settle(io_);
        running->detach();
        fakes::settle(io_);
        ASSERT_TRUE(waiting.done());
        EXPECT_EQ(waiting.value(), end::displaced);
    }
    core_.go_on(say("two"));
    core_.go_on(answer_with(R"({"a":1})"));
    fakes::settle(io_);
    EXPECT_TRUE(running->over());
    EXPECT_EQ(core_.seen_name, "\"t\"") << "the call has bytes of its own";
    EXPECT_EQ(first.notified, strings{"one"});
    EXPECT_TRUE(first.answers.empty());

    recording_sink second("\"later\"");
    EXPECT_EQ(fakes::run(io_, running->attach(second)), end::answered);
    EXPECT_EQ(second.notified, strings{"two"});
    EXPECT_EQ(second.answers, strings{answer(R"("result":{"a":1})", "\"later\"")});
}

TEST_F(parked, a_failure_waits_like_a_reply) {
    const auto running = start();
    core_.go_on([](const call&, reply_sink& out) -> awaitable<bool> {
        co_await out.fail(fail(errc::backend_timeout));
        co_return true;
    });
    fakes::settle(io_);
    recording_sink out;
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
    EXPECT_EQ(code_of(out.answers.at(0)), "-32603");
}

TEST_F(parked, questions_of_a_moment_are_one_round_and_their_answers_reach_the_exchange) {
    const auto running = start();
    std::vector<std::shared_ptr<pending_ask>> asked;
    core_.go_on(ask_client(asked));
    core_.go_on(ask_client(asked));
    recording_sink out;
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::asked);
    ASSERT_EQ(running->questions().size(), 2U);
    EXPECT_EQ(running->questions()[0]->method(), "elicitation/create");
    EXPECT_EQ(running->questions()[0]->params(), R"({"message":"sure?"})");
    EXPECT_NE(running->questions()[0]->key(), running->questions()[1]->key());

    fakes::started<result<std::string>> given(io_, asked[0]->answer(steady_clock::now() + 1h));
    running->questions()[0]->settle(std::string("yes"));
    fakes::settle(io_);
    ASSERT_TRUE(given.done());
    EXPECT_EQ(given.value().value(), "yes");
    EXPECT_EQ(running->questions().size(), 1U) << "one is still open";

    // The other one is asked again by whoever attaches only when a new one comes.
    core_.go_on(ask_client(asked));
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::asked);
    EXPECT_EQ(running->questions().size(), 2U);
    core_.go_on(answer_with("{}"));
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
}

TEST_F(parked, who_cannot_be_asked_is_not_and_questions_are_bounded) {
    const auto running = start();
    std::vector<std::shared_ptr<pending_ask>> asked;
    core_.go_on(ask_client(asked, "sampling/createMessage"));
    fakes::settle(io_);
    EXPECT_TRUE(asked.empty());
    for (std::size_t i = 0; i <= running_call::most_questions; ++i)
        core_.go_on(ask_client(asked));
    fakes::settle(io_);
    EXPECT_EQ(asked.size(), running_call::most_questions);
}

TEST_F(parked, a_question_that_was_taken_back_is_no_longer_open) {
    const auto running = start();
    std::vector<std::shared_ptr<pending_ask>> asked;
    core_.go_on(ask_client(asked));
    fakes::settle(io_);
    asked.at(0)->cancel("");
    EXPECT_TRUE(running->questions().empty());
    EXPECT_EQ(fakes::run(io_, asked[0]->answer(steady_clock::now() + 1h)).error().code, errc::cancelled);
}

TEST_F(parked, what_nobody_reads_is_bounded_and_the_oldest_goes_first) {
    const auto running = start();
    for (std::size_t i = 0; i < running_call::most_kept + 10; ++i)
        core_.go_on(say(std::to_string(i)));
    core_.go_on(say(std::string(running_call::most_kept_bytes, 'x')));
    core_.go_on(answer_with("{}"));
    fakes::settle(io_);
    EXPECT_TRUE(running->over()) << "nobody holds up the backend";
    recording_sink out;
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
    EXPECT_EQ(out.notified.size(), 1U);
}

TEST_F(parked, the_last_one_to_attach_counts) {
    const auto running = start();
    recording_sink first;
    recording_sink second;
    fakes::started<end> earlier(io_, running->attach(first));
    fakes::settle(io_);
    fakes::started<end> later(io_, running->attach(second));
    core_.go_on(say("x"));
    core_.go_on(answer_with("{}"));
    fakes::settle(io_);
    EXPECT_EQ(earlier.value(), end::displaced);
    EXPECT_EQ(later.value(), end::answered);
    EXPECT_TRUE(first.answers.empty() && first.notified.empty());
    EXPECT_EQ(second.answers.size(), 1U);
}

TEST_F(parked, a_cancelled_call_ends_without_an_answer) {
    const auto running = start();
    recording_sink out;
    fakes::started<end> waiting(io_, running->attach(out));
    fakes::settle(io_);
    running->of()->cancel("");
    fakes::settle(io_);
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.value(), end::ended);
    EXPECT_TRUE(out.answers.empty());
}

TEST_F(parked, an_exception_is_an_answer) {
    const auto running = start();
    core_.go_on([](const call&, reply_sink&) -> awaitable<bool> {
        throw std::runtime_error("bug");
        co_return true;
    });
    recording_sink out;
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
    EXPECT_EQ(code_of(out.answers.at(0)), "-32603");
}

// ---- memory

// Stands for a client that reads slowly: what it is given is over only when the test says so.
class slow_sink final : public reply_sink {
public:
    awaitable<void> notify(const gather&) override { return wait(); }
    result<std::shared_ptr<pending_ask>> ask(const message&) override {
        return vmcp::fail(errc::capability_missing);
    }
    awaitable<void> done(const reply& given) override {
        body = given.body;
        co_await wait();
    }
    awaitable<void> fail(const failure& why) override {
        failed = why.code;
        co_return;
    }
    void go_on() {
        reads = true;
        changed.notify_all();
    }

    std::string_view body{};
    std::optional<errc> failed{};

private:
    awaitable<void> wait() {
        while (!reads) {
            auto ticket = changed.take(co_await boost::asio::this_coro::executor);
            co_await ticket.wait();
        }
    }
    bool reads = false;
    wait_list changed{};
};

TEST_F(parked, whoever_waits_gets_the_answer_as_it_was_read) {
    const auto running = start();
    const std::string text(100'000, ' ');
    bool over = false;
    slow_sink client;
    fakes::started<end> waiting(io_, running->attach(client));
    fakes::settle(io_);
    core_.go_on([&](const call&, reply_sink& out) -> awaitable<bool> {
        co_await out.done(reply::of_result(text));
        over = true;
        co_return true;
    });
    fakes::settle(io_);
    EXPECT_EQ(client.body.data(), text.data()) << "not a copy";
    EXPECT_FALSE(over) << "the text is needed as long as the client reads it";
    EXPECT_EQ(memory_.used(memory_class::answers), 0U);
    client.go_on();
    fakes::settle(io_);
    EXPECT_TRUE(over);
    EXPECT_EQ(waiting.value(), end::answered);
}

TEST_F(parked, whoever_leaves_before_the_answer_finds_it_later) {
    const auto running = start();
    slow_sink first;
    fakes::started<end> waiting(io_, running->attach(first));
    fakes::settle(io_);
    core_.go_on(say("one"));
    core_.go_on(answer_with(R"({"a":1})"));
    fakes::settle(io_);
    EXPECT_EQ(memory_.used(memory_class::answers), 0U);
    running->detach();
    fakes::settle(io_);
    EXPECT_EQ(memory_.used(memory_class::answers), 7U);
    recording_sink second;
    EXPECT_EQ(fakes::run(io_, running->attach(second)), end::answered);
    EXPECT_EQ(second.answers, strings{answer(R"("result":{"a":1})")});
    first.go_on();
    fakes::settle(io_);
    EXPECT_EQ(waiting.value(), end::displaced);
    EXPECT_EQ(memory_.used(memory_class::answers), 0U);
}

TEST_F(parked, all_that_waits_is_counted_and_given_back) {
    {
        const auto running = start();
        const auto of_request = memory_.used(memory_class::requests);
        EXPECT_GT(of_request, 0U);
        std::vector<std::shared_ptr<pending_ask>> asked;
        core_.go_on(say(std::string(100'000, 'x')));
        core_.go_on(ask_client(asked));
        core_.go_on(answer_with(std::string(50'000, ' ')));
        fakes::settle(io_);
        EXPECT_GT(memory_.used(memory_class::notifications), 100'000U) << "a notification and a question";
        EXPECT_EQ(memory_.used(memory_class::answers), 50'000U);
        recording_sink out;
        EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
        EXPECT_EQ(memory_.used(memory_class::answers), 0U);
    }
    fakes::settle(io_);
    EXPECT_EQ(memory_.used(), 0U);
}

TEST_F(parked, what_there_is_no_room_for_is_not_kept) {
    memory_.set_limit(1'000'000);
    const auto running = start();
    core_.go_on(say(std::string(300'000, 'x')));
    core_.go_on(answer_with(std::string(600'000, ' ')));
    fakes::settle(io_);
    EXPECT_EQ(memory_.used(memory_class::notifications), 0U);
    EXPECT_EQ(memory_.dropped(memory_class::notifications), 1U);
    EXPECT_EQ(memory_.refused(memory_class::answers), 1U);
    slow_sink out;
    EXPECT_EQ(fakes::run(io_, running->attach(out)), end::answered);
    EXPECT_EQ(out.failed, errc::no_memory);

    const auto another = start();
    std::vector<std::shared_ptr<pending_ask>> asked;
    memory_claim others(&memory_, memory_class::notifications);
    others.cover_anyway(1'000'000);
    core_.go_on(ask_client(asked));
    fakes::settle(io_);
    EXPECT_TRUE(asked.empty()) << "no question can wait";
}

TEST_F(parked, a_person_who_does_not_answer_in_time_has_looked_away) {
    const auto running = start(R"({"elicitation":{},"sampling":{}})");
    std::vector<std::shared_ptr<pending_ask>> asked;
    core_.go_on(ask_client(asked));
    core_.go_on(ask_client(asked, "sampling/createMessage"));
    fakes::settle(io_);
    const auto soon = steady_clock::now() + 10ms;
    EXPECT_EQ(fakes::run(io_, asked.at(0)->answer(soon)).value(),
              R"({"jsonrpc":"2.0","id":0,"result":{"action":"cancel"}})");
    EXPECT_EQ(fakes::run(io_, asked.at(1)->answer(soon)).error().code, errc::client_gone);
    EXPECT_TRUE(running->questions().empty());
}

// The retry may come in on another worker.
TEST_F(parked, the_reply_reaches_another_thread) {
    for (int round = 0; round < 50; ++round) {
        const auto running = start();
        core_.go_on(say("x"));
        core_.go_on(answer_with("{}"));
        boost::asio::io_context other;
        recording_sink out;
        std::thread reader([&] { EXPECT_EQ(fakes::run(other, running->attach(out)), end::answered); });
        while (!running->over())
            fakes::settle(io_);
        reader.join();
        fakes::settle(io_);
        EXPECT_EQ(out.notified, strings{"x"});
        EXPECT_EQ(out.answers.size(), 1U);
    }
}

} // namespace
} // namespace vmcp
