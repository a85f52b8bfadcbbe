// What waits on the stream of a subscription is drawn from the budget of the process.
#include "transport/mcp/front/listen_stream.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

using vmcp::memory_class;

// An update of a resource, about `size` bytes long.
std::string update(std::size_t size) {
    return vmcp::notification_message("notifications/resources/updated",
                                      R"({"uri":"test://a","x":")" + std::string(size, 'x') + "\"}");
}

class subscription_stream : public testing::Test {
protected:
    [[nodiscard]] std::size_t used() const { return memory_.used(memory_class::notifications); }

    vmcp::memory_ledger memory_{};
    listen_stream stream_{"1", &memory_};
};

TEST_F(subscription_stream, counts_what_comes_before_it_is_acknowledged) {
    stream_.send(update(10'000));
    EXPECT_GT(used(), 10'000U);
    memory_.set_limit(used());
    stream_.send(update(10'000));
    EXPECT_LT(used(), 20'000U) << "there is no room for another";
    memory_.set_limit(vmcp::memory_ledger::unlimited);
    const auto reader = *stream_.stream()->attach(std::nullopt);
    stream_.acknowledge({.uris = {"test://a"}});
    {
        const auto batch = stream_.stream()->take(reader);
        EXPECT_EQ(batch.events.size(), 2U) << "that it is, and the first update";
    }
    EXPECT_EQ(used(), 0U);
}

TEST_F(subscription_stream, counts_what_its_client_does_not_read) {
    const auto reader = *stream_.stream()->attach(std::nullopt);
    stream_.acknowledge({.uris = {"test://a"}});
    for (int i = 0; i < 30; ++i)
        stream_.send(update(100'000));
    EXPECT_GT(used(), 900'000U);
    EXPECT_LT(used(), 1'200'000U) << "the oldest have gone";
    stream_.stream()->detach(reader);
    EXPECT_LT(used(), 200'000U);
}

} // namespace
} // namespace transport
