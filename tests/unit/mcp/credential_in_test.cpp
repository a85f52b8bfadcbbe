// Waiting for a credential ends with the wish for it; getting it goes on.
#include "transport/mcp/back/credential_in.hpp"

#include "tests/fakes/one_worker.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/this_coro.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace transport {
namespace {

using namespace std::chrono_literals;
using vmcp::credential;
using vmcp::errc;
using vmcp::steady_clock;
using given = vmcp::result<std::shared_ptr<const credential>>;

class slow_source final : public vmcp::credential_source {
public:
    vmcp::awaitable<given> credential_for(const vmcp::caller*) override {
        ++asked;
        auto came = co_await coming.get(co_await boost::asio::this_coro::executor);
        if (broken)
            throw std::runtime_error("a bug");
        ++ended;
        co_return came;
    }
    std::shared_ptr<const credential> at_hand(const vmcp::caller*) override { return kept; }
    bool refused(const credential&) override { return false; }

    std::shared_ptr<const credential> kept{};
    vmcp::promised<given> coming{};
    bool broken = false;
    std::atomic<int> asked{0}, ended{0};
};

class credential_in_ : public testing::Test {
protected:
    ~credential_in_() override { source->coming.set(vmcp::fail(errc::internal)); }

    given ask(steady_clock::time_point until = steady_clock::time_point::max(),
              vmcp::cancellation* control = nullptr) {
        return home.run(credential_in(source, nullptr, until, control));
    }
    void come() { source->coming.set(made); }

    const std::shared_ptr<const credential> made = std::make_shared<const credential>();
    std::shared_ptr<slow_source> source = std::make_shared<slow_source>();
    fakes::one_worker home{};
};

TEST_F(credential_in_, takes_what_is_at_hand) {
    source->kept = made;
    EXPECT_EQ(ask(steady_clock::now() - 1s).value(), made);
    EXPECT_EQ(source->asked, 0);
}

TEST_F(credential_in_, waits_for_one_that_is_not) {
    home->post([this] { come(); });
    EXPECT_EQ(ask().value(), made);
}

TEST_F(credential_in_, is_late_at_its_deadline_and_fetches_on) {
    const auto late = ask(steady_clock::now() + 20ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::backend_timeout);
    EXPECT_EQ(source->ended, 0);
    come();
    for (int i = 0; i < 1'000 && source->ended == 0; ++i)
        std::this_thread::sleep_for(5ms);
    EXPECT_EQ(source->ended, 1) << "others may wait for it";
}

TEST_F(credential_in_, is_given_up_when_its_request_is) {
    const auto control = std::make_shared<vmcp::cancellation>(home->executor());
    control->cancel({});
    const auto end = ask(steady_clock::time_point::max(), control.get());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, errc::cancelled);
}

TEST_F(credential_in_, nobody_waits_for_one_that_a_bug_has_ended) {
    source->broken = true;
    come();
    EXPECT_EQ(ask().error().code, errc::internal);
}

} // namespace
} // namespace transport
