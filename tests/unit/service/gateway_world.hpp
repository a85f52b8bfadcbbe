// The gateway between backends, a policy and a client that only write down what they were given.
#pragma once

#include "tests/fakes/run.hpp"
#include "tests/unit/catalog/catalog_fixtures.hpp"
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/service/gateway.hpp"
#include "vmcp/service/memory_rate_limiter.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp::test {

// A backend that answers every request with the same member, "result" or "error", under the client's id.
class fake_backend final : public backend {
public:
    explicit fake_backend(std::string name) : name_(std::move(name)) {}

    struct request {
        std::string text{}; // as it would go over the wire
        bool repeatable = false;
        const caller* who = nullptr;
    };

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] bool offers_resources() const noexcept override { return resources; }

    awaitable<result<void>> exchange(const outgoing& sent, reply_sink& out) override {
        const auto& asked = *sent.what;
        splice text(asked.request().whole);
        text.replace(sent.name.raw, sent.replacement);
        got.push_back({text.pieces().str(), sent.repeatable, asked.terms().from.get()});
        if (meanwhile)
            meanwhile();
        if (failing)
            co_return *failing;
        if (!notification.empty())
            co_await out.notify(gather(notification));
        const std::string response = R"({"jsonrpc":"2.0","id":77,)" + answer + "}"; // an id of its own
        const auto m = read_message(response).value();
        co_await out.done(
            reply::of_message(m, m.type == message::kind::error ? answer_kind::error : answer_kind::result));
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

// What the client would read, as JSON-RPC messages under its own id.
class recording_sink final : public reply_sink {
public:
    explicit recording_sink(std::string raw_id = "1") : raw_id_(std::move(raw_id)) {}

    awaitable<void> notify(const gather& message) override {
        notified.push_back(message.str());
        co_return;
    }
    result<std::shared_ptr<pending_ask>> ask(const message&) override {
        ++asked;
        return vmcp::fail(errc::capability_missing);
    }
    void pause() override { ++paused; }
    awaitable<void> done(const reply& given) override {
        kind = given.kind;
        splice whole(given.whole);
        whole.replace(given.id, raw_id_);
        answers.push_back(!given.whole.empty() ? whole.pieces().str()
                          : given.kind == answer_kind::error
                              ? R"({"jsonrpc":"2.0","id":)" + raw_id_ + R"(,"error":)" +
                                    std::string(given.body) + "}"
                              : result_message(raw_id_, given.body));
        co_return;
    }
    awaitable<void> fail(const failure& why) override {
        kind = answer_kind::error;
        answers.push_back(error_message(raw_id_, why));
        co_return;
    }

    std::vector<std::string> notified{};
    std::vector<std::string> answers{};
    std::optional<answer_kind> kind{};
    int asked = 0;
    int paused = 0;

private:
    std::string raw_id_;
};

class recording_policy final : public admission {
public:
    bool allows_all(const caller&) const override { return false; }
    std::string policy_class(const caller& who) const override { return who.who.subject; }
    awaitable<bool> decide(const caller& who, use, const thing& thing) override {
        seen.push_back(who.who.subject + " " + std::string(thing.name));
        co_return !refuses && thing.name != forbidden;
    }
    awaitable<std::vector<bool>> decide_many(const caller& who, use, std::span<const thing> things) override {
        std::vector<bool> shown;
        for (const auto& one : things)
            shown.push_back(!hides || !hides(who, one));
        co_return shown;
    }

    bool refuses = false;
    std::optional<std::string> forbidden{};                   // the name of one thing
    std::function<bool(const caller&, const thing&)> hides{}; // from lists; none: nothing
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
            links_.push_back(std::make_shared<fake_backend>(backend.name));
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
        next->views = std::make_shared<catalog_views>(next->catalog);
        for (const auto& one : lists)
            next->lists.push_back(std::make_shared<const backend_lists>(one));
        next->backends.assign(links_.begin(), links_.end());
        current_.store(std::move(next));
    }

    fake_backend& link(std::size_t i) { return *links_[i]; }

    // Hands a request in and returns its answer; "" when there was none.
    std::string ask(const std::string& text) {
        const auto read = read_message(text).value();
        const auto asked = std::make_shared<call>(read,
                                                  call_terms{.spoken = spoken_,
                                                             .version = session_->version(),
                                                             .from = caller_,
                                                             .can = session_->shared_capabilities(),
                                                             .session = stateless_ ? nullptr : session_},
                                                  io_.get_executor());
        sink_ = recording_sink(std::string(read.id.raw));
        fakes::run(io_, gateway_.handle(asked, sink_));
        EXPECT_LE(sink_.answers.size(), 1U) << text;
        return sink_.answers.empty() ? "" : sink_.answers.front();
    }
    std::string ask(std::string_view method, std::string_view params) { return ask(request(method, params)); }

    // What the backends were sent since the last time, as "backend: message".
    strings sent() {
        strings out;
        for (const auto& l : links_)
            for (const auto& r : std::exchange(l->got, {}))
                out.push_back(l->name() + ": " + r.text);
        return out;
    }

    boost::asio::io_context io_{};
    std::vector<std::shared_ptr<fake_backend>> links_{};
    published<snapshot> current_{nullptr};
    recording_policy policy_{};
    session_catalogs own_{current_, policy_};
    steady_clock::time_point now_{std::chrono::hours(1)}; // of rate limits
    memory_rate_limiter buckets_{{}, [this] { return now_; }};
    rate_limits rates_{buckets_};
    gateway gateway_{current_, policy_, own_, nullptr, &rates_};
    std::shared_ptr<live_session> session_ = make_session();
    bool stateless_ = false; // clients have none
    era spoken_ = era::legacy;
    // Not the one who opened the session, so that a mix-up shows.
    std::shared_ptr<const caller> caller_ = std::make_shared<caller>(caller{.who = {"iss", "carol"}});
    recording_sink sink_{};
};

} // namespace vmcp::test
