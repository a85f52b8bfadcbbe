// Notifications and answers of clients.
#include "vmcp/session/client_message.hpp"

#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {
namespace {

using namespace test;
using strings = std::vector<std::string>;

class client_messages : public testing::Test {
protected:
    void take(const std::string& text) {
        taken_ = take_client_message(read_message(text).value(), *session_);
    }

    boost::asio::io_context io_{};
    bool taken_ = false;
    std::shared_ptr<live_session> session_ = make_session(R"({"roots":{}})");
};

TEST_F(client_messages, a_cancellation_stops_the_call_it_names) {
    const auto number = make_call(io_);
    const auto text = make_call(io_);
    ASSERT_TRUE(session_->begin_call("1", number, 9));
    ASSERT_TRUE(session_->begin_call(R"("1")", text, 9));
    take(
        vmcp::notification_message("notifications/cancelled", R"({"requestId":"1","reason":"no \"need\""})"));
    fakes::settle(io_);
    EXPECT_FALSE(number->cancelled()) << "a number is no string";
    EXPECT_TRUE(text->cancelled());
    EXPECT_EQ(text->reason(), R"("no \"need\"")");
    EXPECT_TRUE(taken_);
    for (const std::string_view params : {"", "{}", R"({"requestId":null})", R"({"requestId":2})"})
        take(vmcp::notification_message("notifications/cancelled", params));
    EXPECT_FALSE(taken_) << "it may run in another replica";
    fakes::settle(io_);
    EXPECT_FALSE(number->cancelled());
}

TEST_F(client_messages, other_notifications_go_to_whom_they_concern) {
    const auto backend = std::make_shared<fake_backend_session>();
    session_->backend(&backend, [&] { return backend; });
    const auto stream = std::make_shared<fake_outbound>();
    const std::string text =
        R"({"jsonrpc":"2.0","id":7,"method":"roots/list","params":{"_meta":{"progressToken":"tok"}}})";
    const auto question = session_->ask(vmcp::read_message(text).value(), stream);
    ASSERT_TRUE(question);
    strings progress;
    (*question)->on_progress([&](std::string message) { progress.push_back(std::move(message)); });
    const auto params = vmcp::json_member(stream->sent.at(0), "params").raw;
    const auto token = vmcp::json_member(vmcp::json_member(params, "_meta").raw, "progressToken");
    ASSERT_FALSE(token.empty());

    const std::string changed = R"({ "jsonrpc":"2.0","method":"notifications/roots/list_changed" })";
    take(changed);
    take(vmcp::notification_message("notifications/progress",
                                    R"({"progress":1,"progressToken":)" + std::string(token.raw) + "}"));
    for (const std::string_view ours :
         {"notifications/initialized", "notifications/unheard_of", "tools/call"})
        take(vmcp::notification_message(ours, R"({"name":"t"})"));
    EXPECT_EQ(backend->notified, strings{changed});
    EXPECT_EQ(progress, strings{vmcp::notification_message("notifications/progress",
                                                           R"({"progress":1,"progressToken":"tok"})")});
}

} // namespace
} // namespace vmcp
