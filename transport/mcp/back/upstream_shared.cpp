// What is special about a backend session that several clients share: each of them has a seat in it.
#include "transport/mcp/back/upstream.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;

// What one client holds of the session. The client's end is not the session's.
class shared_seat final : public vmcp::backend_session {
public:
    shared_seat(std::shared_ptr<upstream> up, upstream_audience::who client)
        : up_(std::move(up))
        , client_(client) {}

    void roots_changed(std::string notification) override { up_->notify(std::move(notification)); }
    void set_log_level(vmcp::log_level level) override { up_->want_level(client_, level); }
    void listen() override { up_->listen(); }
    void remember_subscription(const std::string& uri, bool subscribed) override {
        up_->remember_for(client_, uri, subscribed);
    }
    void close() override { up_->leave(client_); }

private:
    std::shared_ptr<upstream> up_;
    upstream_audience::who client_; // only to tell it from others
};

std::shared_ptr<vmcp::backend_session>
upstream::seat_for(const std::shared_ptr<vmcp::client_session>& client) {
    audience_.join(client);
    auto seat = std::make_shared<shared_seat>(shared_from_this(), client.get());
    if (const auto level = client->level(); level != vmcp::log_level::unset)
        seat->set_log_level(level);
    return seat;
}

void upstream::want_level(upstream_audience::who client, vmcp::log_level level) {
    tell_level(audience_.set_level(client, level));
}

void upstream::tell_level(vmcp::log_level wanted) {
    {
        const std::lock_guard lock(mutex_);
        if (wanted == vmcp::log_level::unset || wanted == level_)
            return;
    }
    set_log_level(wanted);
}

void upstream::remember_for(upstream_audience::who client, const std::string& uri, bool subscribed) {
    if (subscribed) {
        audience_.subscribe(client, uri);
        remember_subscription(uri, true);
        return;
    }
    switch (audience_.unsubscribe(client, uri)) {
    case upstream_audience::remaining::unchanged:
        break;
    case upstream_audience::remaining::nobody:
        remember_subscription(uri, false);
        break;
    case upstream_audience::remaining::others:
        // They subscribed while the backend was told that nobody wants it any more.
        ask_about("resources/subscribe", uri);
        break;
    }
}

void upstream::leave(upstream_audience::who client) {
    for (const auto& uri : audience_.leave(client)) {
        remember_subscription(uri, false);
        ask_about("resources/unsubscribe", uri);
    }
    tell_level(audience_.level());
}

void upstream::ask_about(std::string_view method, const std::string& uri) {
    if (closed() || !state_.ready())
        return;
    worker::current().spawn(
        [](std::shared_ptr<upstream> self, std::string_view what,
           std::string params) -> asio::awaitable<void> {
            co_await self->ask(what, std::move(params), milliseconds(5'000));
        }(shared_from_this(), method, fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri))),
        "a subscription of a shared session");
}

vmcp::result<upstream::own_answer> upstream::subscription_answer(const upstream_request& what) {
    const bool subscribe = what.method == "resources/subscribe";
    if (!subscribe && what.method != "resources/unsubscribe")
        return own_answer::none;
    const auto raw =
        what.replacement.empty()
            ? vmcp::json_member(vmcp::json_member(what.message, "params", 1000).raw, "uri", 1000).raw
            : what.replacement;
    const auto uri = vmcp::unquoted(raw).value_or("");
    if (!subscribe)
        return !of_one_client_ && audience_.step_aside(what.client, uri) ? own_answer::empty_result
                                                                         : own_answer::none;
    if (uri.size() > max_subscribed_uri)
        return vmcp::fail(errc::invalid_params, fmt::format("\"uri\" has {} bytes; subscriptions may have {}",
                                                            uri.size(), max_subscribed_uri));
    std::size_t has = audience_.subscriptions_of(what.client);
    if (of_one_client_) {
        const std::lock_guard lock(mutex_);
        has = subscriptions_.size();
    }
    if (has >= max_subscriptions)
        return vmcp::fail(errc::invalid_params,
                          fmt::format("this session has {} subscriptions with this backend already; "
                                      "unsubscribe from some of them first",
                                      has));
    return own_answer::none;
}

} // namespace transport
