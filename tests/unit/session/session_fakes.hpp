// Stand-ins for what surrounds a client session.
#pragma once

#include "tests/fakes/run.hpp"
#include "vmcp/session/live_session.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vmcp::test {

class fake_outbound final : public outbound {
public:
    void send(std::string message) override { sent.push_back(std::move(message)); }
    void ask(std::uint64_t id, const message& request) override { send(question_message(id, request)); }
    void withdraw(std::uint64_t id, std::string_view reason) override {
        send(cancelled_message(std::to_string(id), reason));
    }
    void lists_changed(unsigned kinds) override {
        for (auto& text : list_changed_messages(kinds))
            send(std::move(text));
    }
    awaitable<void> room(any_io_executor) override { co_return; }
    [[nodiscard]] bool listening() const override { return open; }
    [[nodiscard]] std::optional<steady_clock::time_point> away_since() const override { return away; }
    void close() override { closed = true; }

    std::vector<std::string> sent{};
    bool open = false;
    std::optional<steady_clock::time_point> away{};
    bool closed = false;
};

class fake_backend_session final : public backend_session {
public:
    void roots_changed(std::string message) override { notified.push_back(std::move(message)); }
    void set_log_level(log_level level) override { levels.push_back(level); }
    void listen() override { ++listens; }
    void stop_listening() override { --listens; }
    void remember_subscription(const std::string& uri, bool subscribed) override {
        subscriptions.emplace_back(uri, subscribed);
    }
    void close() override { ++closes; }

    std::vector<std::string> notified{};
    std::vector<log_level> levels{};
    std::vector<std::pair<std::string, bool>> subscriptions{};
    int listens = 0;
    int closes = 0;
};

inline std::shared_ptr<live_session> make_session(std::string_view capabilities = "{}",
                                                  protocol_version version = latest_version) {
    return std::make_shared<live_session>(session_record{
        .id = "0123456789abcdef0123456789abcdef",
        .version = version,
        .capabilities = std::make_shared<client_capabilities>(read_client_capabilities(capabilities))});
}

// A call of somebody; its request says nothing.
inline std::shared_ptr<call> make_call(boost::asio::io_context& io) {
    return std::make_shared<call>(
        message{},
        call_terms{.from = std::make_shared<caller>(), .can = std::make_shared<client_capabilities>()},
        io.get_executor());
}

} // namespace vmcp::test
