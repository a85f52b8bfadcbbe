// Publishing: at once where that is quick, and aside where it takes long.
#include "vmcp/supervision/publisher.hpp"

#include "tests/fakes/hand_clock.hpp"
#include "tests/fakes/run.hpp"
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/supervision/side_thread.hpp"
#include "vmcp/supervision/unusable_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>

namespace vmcp {
namespace {

// Callers are of the class of their subject, and see everything.
class counting_policy final : public admission {
public:
    bool allows_all(const caller&) const override { return !on; }
    std::string policy_class(const caller& who) const override { return who.who.subject; }
    awaitable<bool> decide(const caller&, use, const thing&) override { co_return true; }
    awaitable<std::vector<bool>> decide_many(const caller&, use, std::span<const thing> things) override {
        decided += things.size();
        co_return std::vector<bool>(things.size(), true);
    }
    bool on = false;
    std::size_t decided = 0;
};

class publishing : public testing::Test {
protected:
    publishing() {
        log::set_level(log::level::info); // other tests want less
        log::set_sink([this](log::level, std::string_view line) { lines_.emplace_back(line); });
    }
    ~publishing() override {
        publisher_.shut_down();
        on_.settle();
        log::set_sink({});
    }

    void offer(std::size_t tools) {
        auto lists = std::make_shared<backend_lists>();
        lists->backend = "b";
        for (std::size_t i = 0; i < tools; ++i) {
            const auto name = "t" + std::to_string(i);
            lists->tools.push_back({name, R"({"name":")" + name + R"(","inputSchema":{"type":"object"}})"});
        }
        lists_ = lists;
    }
    std::size_t listed() { return current_.load()->catalog->visible().size(); }
    void run_aside() {
        auto now = std::exchange(tasks_, {});
        for (auto& task : now)
            task();
        on_.settle();
    }

    fakes::hand_driven on_{};
    std::vector<std::function<void()>> tasks_{};
    control_thread thread_ = [this] {
        auto out = on_.thread();
        out.aside = [this](auto task) { tasks_.push_back(std::move(task)); };
        return out;
    }();
    std::vector<std::string> lines_{};
    std::shared_ptr<const config> settings_ = std::make_shared<config>();
    std::shared_ptr<backend> backend_ = std::make_shared<unusable_backend>("b");
    std::shared_ptr<const backend_lists> lists_{};
    unsigned looks_ = 0;
    session_table sessions_{{}};
    counting_policy policy_{};
    published<snapshot> current_{make_snapshot({.settings = settings_})};
    session_catalogs own_{current_, policy_};
    publisher publisher_{thread_, sessions_, policy_, own_, current_, [this] {
                             ++looks_;
                             return offering{
                                 .settings = settings_,
                                 .backends = {{.name = "b", .for_calls = backend_, .lists = lists_}}};
                         }};
};

TEST_F(publishing, few_entries_are_published_at_once) {
    offer(100);
    publisher_.publish();
    EXPECT_EQ(listed(), 100U);
    EXPECT_TRUE(publisher_.shows(backend_.get()));
    EXPECT_TRUE(tasks_.empty());
}

TEST_F(publishing, many_are_merged_aside_and_the_control_thread_goes_on) {
    offer(6'000);
    publisher_.publish();
    EXPECT_EQ(listed(), 0U);
    EXPECT_FALSE(publisher_.shows(backend_.get()));
    ASSERT_EQ(tasks_.size(), 1U);
    run_aside();
    EXPECT_EQ(listed(), 6'000U);
    EXPECT_TRUE(publisher_.shows(backend_.get()));
    run_aside(); // what is left is taken down there
    EXPECT_TRUE(tasks_.empty());
}

TEST_F(publishing, what_comes_meanwhile_becomes_one_more_edition) {
    offer(6'000);
    publisher_.publish();
    offer(3);
    for (int i = 0; i < 5; ++i)
        publisher_.publish();
    EXPECT_EQ(looks_, 1U);
    EXPECT_EQ(listed(), 0U);
    run_aside();
    EXPECT_EQ(looks_, 2U);
    EXPECT_EQ(listed(), 3U);
}

TEST_F(publishing, policies_decide_about_many_entries_aside) {
    policy_.on = true;
    offer(3'000);
    publisher_.publish();
    on_.settle();
    run_aside();
    boost::asio::io_context io;
    for (const auto* const subject : {"x", "y"})
        (void)fakes::run(
            io, current_.load()->views->view_for(
                    std::make_shared<caller>(caller{.who = {.issuer = "i", .subject = subject}}), policy_));
    EXPECT_EQ(policy_.decided, 6'000U);
    offer(3'001);
    publisher_.publish();
    on_.settle();
    EXPECT_EQ(listed(), 3'001U) << "merging so many is quick, but deciding twice is not";
    EXPECT_EQ(policy_.decided, 6'000U);
    run_aside();
    EXPECT_EQ(policy_.decided, 12'002U);
}

TEST_F(publishing, what_clients_have_of_their_own_is_looked_through_aside) {
    offer(1);
    publisher_.publish();
    on_.settle();
    const auto session = sessions_.add({.id = random_session_id()}, steady_clock::now()).value();
    (void)session->backend(this, [] { return std::make_shared<test::fake_backend_session>(); });
    auto own = *lists_;
    own.tools.push_back({"more", R"({"name":"more","inputSchema":{"type":"object"},"x":")" +
                                     std::string(100'000, 'x') + R"("})"});
    boost::asio::io_context io;
    ASSERT_TRUE(fakes::run(
        io, own_.take(session, this, session_lists{.lists = own, .known = {true, true, true, true}})));
    EXPECT_TRUE(session->own());
    lists_ = std::make_shared<const backend_lists>(own);
    publisher_.publish();
    on_.settle();
    EXPECT_TRUE(session->own());
    run_aside();
    EXPECT_FALSE(session->own()) << "everybody sees it now";
    EXPECT_EQ(own_.kept(), 0U);
}

TEST_F(publishing, many_hidden_ones_are_one_line_of_the_log) {
    auto hides = std::make_shared<config>();
    hides->aggregation.exclude_all_tools = true;
    offer(10);
    publisher_.publish();
    on_.settle();
    settings_ = hides;
    offer(6'000);
    publisher_.publish();
    run_aside();
    EXPECT_EQ(std::ranges::count_if(lines_, [](const auto& line) { return line.starts_with("hidden: "); }),
              1);
}

TEST_F(publishing, after_the_end_nothing_is_published) {
    offer(6'000);
    publisher_.publish();
    publisher_.shut_down();
    run_aside();
    EXPECT_EQ(listed(), 0U);
}

TEST(side_thread, runs_one_task_after_the_other_and_survives_what_they_throw) {
    side_thread aside;
    std::promise<void> done;
    std::string seen;
    aside.run([&] { seen += 'a'; });
    aside.run([] { throw std::runtime_error("no"); });
    aside.run([&] {
        seen += 'b';
        done.set_value();
    });
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(seen, "ab");
}

TEST(side_thread, waits_for_the_task_under_way_and_takes_none_afterwards) {
    side_thread aside;
    std::promise<void> begun, go;
    bool ended = false;
    bool never = false;
    aside.run([&] {
        begun.set_value();
        go.get_future().wait();
        ended = true;
    });
    begun.get_future().wait();
    std::thread stopping([&] { aside.stop(); });
    go.set_value();
    stopping.join();
    EXPECT_TRUE(ended);
    aside.run([&] { never = true; });
    EXPECT_FALSE(never);
    side_thread unused;
    unused.stop();
}

} // namespace
} // namespace vmcp
