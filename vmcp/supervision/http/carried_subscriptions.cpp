#include "vmcp/supervision/http/carried_subscriptions.hpp"

#include "transport/net/guarded_pause.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <utility>

namespace vmcp {
namespace {

std::string about(const std::string& uri) {
    return fmt::format(R"({{"uri":{}}})", quoted(uri));
}

// Whether the backend took it is all that matters.
class verdict_sink final : public reply_sink {
public:
    awaitable<void> notify(const gather&) override { co_return; }
    result<std::shared_ptr<pending_ask>> ask(const message& question) override {
        return vmcp::fail(errc::capability_missing, std::string(question.method));
    }
    awaitable<void> done(const reply& answer) override {
        good = answer.kind != answer_kind::error;
        co_return;
    }
    awaitable<void> fail(const failure&) override { co_return; }
    bool good = false;
};

} // namespace

void carried_subscriptions::took(const outgoing& request) {
    const auto& terms = request.what->terms();
    const auto& raw =
        request.replacement.empty() ? request.what->request().param.uri.raw : request.replacement;
    const auto uri = unquoted(raw);
    if (!terms.session || !uri)
        return;
    const std::lock_guard lock(mutex_);
    std::erase_if(by_client_, [](const auto& one) { return one.second.client.expired(); });
    if (request.what->request().method == "resources/subscribe") {
        auto& mine = by_client_[terms.session.get()];
        mine.client = terms.session;
        mine.terms = {.spoken = terms.spoken, .version = terms.version, .from = terms.from, .can = terms.can};
        mine.uris.insert(*uri);
        return;
    }
    const auto mine = by_client_.find(terms.session.get());
    if (mine != by_client_.end() && mine->second.uris.erase(*uri) > 0 && mine->second.uris.empty())
        by_client_.erase(mine);
}

std::vector<carried_subscriptions::wish> carried_subscriptions::all() {
    const std::lock_guard lock(mutex_);
    std::vector<wish> out;
    out.reserve(by_client_.size());
    for (const auto& [who, one] : by_client_)
        out.push_back(one);
    return out;
}

std::size_t carried_subscriptions::clients() const {
    const std::lock_guard lock(mutex_);
    return by_client_.size();
}

namespace {

// A backend that has just come back may not be let anything before its probe was looked at.
awaitable<bool> subscribed(std::shared_ptr<backend> at, call_terms terms, std::string uri) {
    constexpr int attempts = 6;
    auto pause = std::chrono::milliseconds(250);
    const auto ex = co_await boost::asio::this_coro::executor;
    transport::guarded_pause rest(transport::worker::current());
    for (int attempt = 1;; ++attempt) {
        const auto text = request_message("1", "resources/subscribe", about(uri));
        const auto m = read_message(text);
        const auto asked = std::make_shared<call>(*m, terms, ex);
        verdict_sink heard;
        const auto done = co_await at->exchange({.what = asked, .repeatable = true}, heard);
        if (done)
            co_return heard.good;
        if (attempt == attempts || !co_await rest.until(steady_clock::now() + pause)) {
            log::debug("backend {}: a subscription could not be made again: {}", at->name(),
                       done.error().message());
            co_return false;
        }
        pause *= 2;
    }
}

} // namespace

awaitable<void> carried_subscriptions::subscribe_again(
    std::shared_ptr<carried_subscriptions> self, std::shared_ptr<backend> at,
    std::function<std::string(client_session&, const std::string&)> expose) {
    for (auto& one : self->all()) {
        const auto client = one.client.lock();
        if (!client)
            continue;
        const auto held = at->session_for(client);
        held->listen();
        for (const auto& uri : one.uris) {
            auto terms = one.terms;
            terms.session = client;
            if (!co_await subscribed(at, std::move(terms), uri))
                continue;
            held->remember_subscription(uri, true);
            if (const auto stream = client->stream())
                stream->send(
                    notification_message("notifications/resources/updated", about(expose(*client, uri))));
        }
    }
}

} // namespace vmcp
