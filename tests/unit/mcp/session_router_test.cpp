// Messages find the request they belong to, on whichever stream and thread they come, and never one that is over.
#include "transport/mcp/back/session_router.hpp"

#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace transport {
namespace {

using boost::asio::io_context;
using fakes::settle;
using handed = session_router::handed;

struct session : session_lifetime {
    session_router router{*this};
};

class router : public testing::Test {
protected:
    struct request {
        request(router& router, std::uint64_t id, const void* asker = nullptr)
            : running(
                  router.all->router, id, asker, router.io.get_executor(), [this] { ++woken; },
                  [this] { ++answered; }) {}
        std::vector<std::string> mail() {
            std::vector<std::string> out;
            while (auto one = running.take())
                out.push_back(*std::move(one));
            return out;
        }
        int woken = 0;
        int answered = 0;
        running_request running;
    };

    io_context io{};
    std::shared_ptr<session> all = std::make_shared<session>();
    using texts = std::vector<std::string>;
};

TEST_F(router, hands_each_message_to_the_request_it_names) {
    request one(*this, 1);
    request two(*this, 2);
    EXPECT_TRUE(all->router.hand_over(2, "a", false));
    EXPECT_TRUE(all->router.hand_over(1, "b", false));
    EXPECT_TRUE(all->router.hand_over(2, "c", true));
    EXPECT_FALSE(all->router.hand_over(3, "d", true));
    EXPECT_EQ(two.woken, 0) << "not on the thread of whoever brings it";
    settle(io);
    EXPECT_EQ(one.woken, 1);
    EXPECT_EQ(two.woken, 1) << "woken once for what waits";
    EXPECT_EQ(one.mail(), texts{"b"});
    EXPECT_EQ(two.mail(), (texts{"a", "c"}));
    EXPECT_TRUE(all->router.hand_over(2, "e", false));
    settle(io);
    EXPECT_EQ(two.woken, 2);
}

TEST_F(router, forgets_a_request_that_is_over) {
    auto one = std::make_unique<request>(*this, 1);
    EXPECT_TRUE(all->router.hand_over(1, "late", false));
    one.reset();
    settle(io); // the wake-up finds nobody
    EXPECT_FALSE(all->router.hand_over(1, "later", true));
    all->router.question_over(1);
}

TEST_F(router, there_is_room_for_so_many_and_always_for_one_response) {
    request one(*this, 1);
    for (std::size_t i = 0; i < session_router::most_waiting; ++i)
        EXPECT_TRUE(all->router.hand_over(1, "x", false));
    EXPECT_FALSE(all->router.hand_over(1, "x", false));
    EXPECT_TRUE(all->router.hand_over(1, "response", true));
    EXPECT_FALSE(all->router.hand_over(1, "response", true)) << "a second one";
    EXPECT_EQ(one.mail().size(), session_router::most_waiting + 1);
    EXPECT_FALSE(all->router.hand_over(1, "response", true)) << "also when the first was taken";
    EXPECT_TRUE(all->router.hand_over(1, "x", false));
}

TEST_F(router, room_is_bounded_in_bytes_too_but_one_message_always_fits) {
    request one(*this, 1);
    EXPECT_TRUE(all->router.hand_over(1, std::string(session_router::most_waiting_bytes + 1, 'x'), false));
    EXPECT_FALSE(all->router.hand_over(1, "x", false));
    one.mail();
    EXPECT_TRUE(all->router.hand_over(1, std::string(session_router::most_waiting_bytes, 'x'), false));
    EXPECT_FALSE(all->router.hand_over(1, "x", false));
}

TEST_F(router, hands_a_question_that_names_no_request_to_the_only_client_that_asks) {
    const int client = 0;
    const int another = 0;
    EXPECT_EQ(all->router.hand_to_the_asker("x"), handed::nobody);
    request of_gateway(*this, 1);
    EXPECT_EQ(all->router.hand_to_the_asker("x"), handed::nobody) << "it is nobody's";
    request one(*this, 2, &client);
    request two(*this, 3, &client);
    {
        request three(*this, 4, &another);
        EXPECT_EQ(all->router.hand_to_the_asker("x"), handed::several);
        EXPECT_TRUE(three.mail().empty());
    }
    for (std::size_t i = 0; i < session_router::most_waiting; ++i)
        EXPECT_EQ(all->router.hand_to_the_asker("x"), handed::taken);
    EXPECT_EQ(all->router.hand_to_the_asker("x"), handed::full);
    EXPECT_EQ(one.mail().size(), session_router::most_waiting);
    EXPECT_TRUE(two.mail().empty());
    EXPECT_TRUE(of_gateway.mail().empty());
}

TEST_F(router, tells_a_request_that_a_question_is_answered) {
    request one(*this, 1);
    all->router.question_over(1);
    EXPECT_EQ(one.answered, 1);
}

TEST_F(router, takes_messages_from_many_threads) {
    request one(*this, 1);
    std::vector<std::thread> threads;
    std::atomic<std::size_t> taken{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i)
                taken += all->router.hand_over(1, "x", false) ? 1 : 0;
        });
    std::size_t mail = 0;
    for (int i = 0; i < 100; ++i)
        mail += one.mail().size();
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(mail + one.mail().size(), taken.load());
    settle(io);
}

// ---- questions

class asked final : public vmcp::pending_ask {
public:
    vmcp::awaitable<vmcp::result<std::string>> answer(vmcp::steady_clock::time_point) override {
        co_return std::string();
    }
    void cancel(std::string_view reason) override { reasons.emplace_back(reason); }
    void on_progress(std::function<void(std::string)>) override {}
    std::vector<std::string> reasons{};
};

TEST_F(router, takes_back_the_question_that_the_backend_names) {
    const auto one = std::make_shared<asked>();
    const auto two = std::make_shared<asked>();
    all->router.add_question("1", one);
    all->router.add_question("\"1\"", two);
    all->router.withdraw_question("\"1\"", "\"why\"");
    all->router.withdraw_question("2", "");
    EXPECT_EQ(one->reasons, texts{});
    EXPECT_EQ(two->reasons, texts{"\"why\""});
    all->router.remove_question("1");
    all->router.withdraw_question("1", "");
    EXPECT_EQ(one->reasons, texts{});
}

TEST_F(router, keeps_no_question_alive) {
    auto one = std::make_shared<asked>();
    all->router.add_question("1", one);
    const std::weak_ptr<asked> weak = one;
    one.reset();
    EXPECT_TRUE(weak.expired());
    all->router.withdraw_question("1", "");
}

} // namespace
} // namespace transport
