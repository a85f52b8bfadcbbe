// The gateway between backends, a policy and a client that only write down what they were given.
#pragma once

#include "tests/fakes/run.hpp"
#include "tests/unit/catalog/catalog_fixtures.hpp"
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/service/gateway.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp::test {

// A backend that answers every request with the same member, "result" or "error", under the client's id.
class fake_link final : public backend_link {
public:
    explicit fake_link(std::string name) : name_(std::move(name)) {}

    struct request {
        std::string text{}; // as it would go over the wire
        bool repeatable = false;
        const principal* who = nullptr;
    };

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] bool offers_resources() const noexcept override { return resources; }

    awaitable<result<void>> exchange(const outgoing& what, reply_sink& out) override {
        splice text(what.from.request.whole);
        text.replace(what.name.raw, what.replacement);
        got.push_back({text.pieces().str(), what.repeatable, what.from.who.get()});
        if (meanwhile)
            meanwhile();
        if (failing)
            co_return *failing;
        if (!notification.empty())
            co_await out.notify(gather(notification));
        const std::string response =
            R"({"jsonrpc":"2.0","id":)" + std::string(what.from.request.id.raw) + "," + answer + "}";
        co_await out.done(gather(response));
        co_return result<void>();
    }

    std::shared_ptr<backend_session> session_for(const std::shared_ptr<client_session>& client) override {
        return client->backend(this, [this] { return session; });
    }

    bool resources = true;
    std::string answer = R"("result":{})";
    std::string notification{};
    std::optional<failure> failing{};
    std::function<void()> meanwhile{};
    std::vector<request> got{};
    std::shared_ptr<fake_backend_session> session = std::make_shared<fake_backend_session>();

private:
    std::string name_;
};

// What the client would read.
class recording_sink final : public reply_sink {
public:
    awaitable<void> notify(const gather& message) override {
        notified.push_back(message.str());
        co_return;
    }
    result<std::shared_ptr<pending_ask>> ask(const message&) override {
        ++asked;
        return fail(errc::capability_missing);
    }
    void pause() override { ++paused; }
    awaitable<void> done(const gather& response) override {
        answers.push_back(response.str());
        co_return;
    }

    std::vector<std::string> notified{};
    std::vector<std::string> answers{};
    int asked = 0;
    int paused = 0;
};

class recording_policy final : public admission {
public:
    result<void> admit(const principal& who, std::string_view method, std::string_view name) override {
        seen.push_back(who.subject + " " + std::string(method) + " " + std::string(name));
        if (refuses)
            return fail(errc::forbidden, "not today");
        return {};
    }

    bool refuses = false;
    std::vector<std::string> seen{};
};

// A request without its envelope.
inline std::string request(std::string_view method, std::string_view params = "", std::string_view id = "1") {
    return request_message(id, method, params);
}

inline std::string answer(std::string_view member, std::string_view id = "1") {
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) + "," + std::string(member) + "}";
}

// The code of the error that an answer holds, 0 when it is a result.
inline std::string code_of(std::string_view response) {
    return std::string(json_member(json_member(response, "error").raw, "code").raw);
}

class gateway_world : public testing::Test {
protected:
    // One backend per list, in this order.
    void serve(config settings, const std::vector<backend_lists>& lists) {
        links_.clear();
        for (const auto& backend : settings.backends)
            links_.push_back(std::make_shared<fake_link>(backend.name));
        publish(std::move(settings), lists);
    }

    // Other lists of the same backends.
    void publish(config settings, const std::vector<backend_lists>& lists,
                 const std::vector<backend_lists>& with_withdrawn = {}) {
        auto next = std::make_shared<snapshot>();
        next->catalog = merge(settings, lists);
        if (!with_withdrawn.empty())
            next->withdrawn = merge(settings, with_withdrawn);
        next->settings = std::make_shared<const config>(std::move(settings));
        next->links.assign(links_.begin(), links_.end());
        current_.store(std::move(next));
    }

    fake_link& link(std::size_t i) { return *links_[i]; }

    // Hands a request in and returns its answer; "" when there was none.
    std::string ask(const std::string& text) {
        const auto read = read_message(text);
        const call what{.request = read.value(), .session = session_, .who = caller_, .control = control_};
        sink_ = recording_sink();
        fakes::run(io_, gateway_.handle(what, sink_));
        EXPECT_LE(sink_.answers.size(), 1U) << text;
        return sink_.answers.empty() ? "" : sink_.answers.front();
    }
    std::string ask(std::string_view method, std::string_view params) { return ask(request(method, params)); }

    void notice(const std::string& text) {
        const auto read = read_message(text);
        const call what{.request = read.value(), .session = session_, .who = caller_};
        fakes::run(io_, gateway_.notice(what));
    }

    // What the backends were sent since the last time, as "backend: message".
    strings sent() {
        strings out;
        for (const auto& l : links_)
            for (const auto& r : std::exchange(l->got, {}))
                out.push_back(l->name() + ": " + r.text);
        return out;
    }

    boost::asio::io_context io_{};
    std::vector<std::shared_ptr<fake_link>> links_{};
    published<snapshot> current_{nullptr};
    session_table sessions_{{}};
    recording_policy policy_{};
    gateway gateway_{current_, sessions_, policy_};
    std::shared_ptr<client_session> session_ = make_session();
    // Not the one who opened the session, so that a mix-up shows.
    std::shared_ptr<const principal> caller_ = std::make_shared<principal>(principal{"iss", "carol"});
    std::shared_ptr<call_control> control_ = std::make_shared<call_control>(io_.get_executor());
    recording_sink sink_{};
};

} // namespace vmcp::test
