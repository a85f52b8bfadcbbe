#include "transport/mcp/back/session_messages.hpp"

#include "transport/mcp/back/plain_exchange.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "vmcp/base/log.hpp"

#include <fmt/format.h>

namespace transport {

using std::chrono::milliseconds;
using vmcp::steady_clock;

vmcp::awaitable<vmcp::result<void>> session_messages::post(std::string message, const established& in) const {
    constexpr milliseconds limit{10'000};
    if (const auto& carrier = static_cast<const session_core&>(whole_).carrier; carrier && !carrier->posts())
        co_return co_await carrier->send(std::move(message), in.conversation, steady_clock::now() + limit,
                                         nullptr);
    const plain_request request{.body = std::move(message)};
    const auto status = co_await exchange_plainly(context_, as_, in, request, steady_clock::now() + limit);
    if (!status)
        co_return status.error();
    if (*status < 200 || *status >= 300)
        co_return vmcp::fail(vmcp::errc::backend_protocol,
                             fmt::format("a notification was answered with HTTP {}", *status));
    co_return vmcp::result<void>();
}

session_messages::self_ptr session_messages::on_its_way() {
    ++on_their_way_;
    return {this, [whole = whole_.shared_from_this()](session_messages* m) {
                --m->on_their_way_;
                m->sent_.notify_all();
            }};
}

void session_messages::send(std::string message) {
    auto in = state_.ready();
    if (!in || state_.closed())
        return;
    if (on_their_way_.load() >= most_waiting) {
        vmcp::log::debug("backend {}: {} messages wait in one session, another one is dropped",
                         context_.name(), most_waiting);
        return;
    }
    worker::current().spawn(carry(on_its_way(), std::move(message), std::move(in)),
                            "a notification to a backend");
}

void session_messages::reply(std::string message, std::function<void(call_limit::place)> sent) {
    auto in = state_.ready();
    if (in && !state_.closed())
        worker::current().spawn(carry_reply(on_its_way(), std::move(message), std::move(in), std::move(sent)),
                                "an answer to a backend");
    else if (sent)
        sent({});
}

void session_messages::send_newest(const std::string& subject, std::string message) {
    if (state_.ready() && !state_.closed() && newest_.put(subject, std::move(message)))
        worker::current().spawn(carry_newest(on_its_way(), subject), "a notification to a backend");
}

vmcp::awaitable<vmcp::result<call_limit::place>> session_messages::place() const {
    constexpr milliseconds patience{60'000};
    co_return co_await context_.places->enter(steady_clock::now() + patience, nullptr,
                                              call_limit::use::errand);
}

vmcp::awaitable<void> session_messages::post_or_tell(std::string message, const established& in) const {
    if (const auto sent = co_await post(std::move(message), in); !sent)
        vmcp::log::debug("backend {}: {}", context_.name(), sent.error().message());
}

vmcp::awaitable<void> session_messages::carry(self_ptr self, std::string message,
                                              session_state::session_ptr in) {
    const auto place = co_await self->place();
    if (!place)
        vmcp::log::debug("backend {}: a message was not sent: {}", self->context_.name(),
                         place.error().message());
    else if (!self->state_.closed()) // while it waited
        co_await self->post_or_tell(std::move(message), *in);
}

// All calls may wait for such answers: then some of these go beside them.
vmcp::awaitable<void> session_messages::carry_reply(self_ptr self, std::string message,
                                                    session_state::session_ptr in,
                                                    std::function<void(call_limit::place)> sent) {
    constexpr milliseconds patience{500};
    constexpr milliseconds most{10'000};
    call_limit::place place;
    const std::shared_ptr<void> at_end(nullptr, [&](void*) {
        if (sent)
            sent(std::move(place));
    });
    const auto& context = self->context_;
    if (auto given = co_await context.places->enter(steady_clock::now() + patience, nullptr,
                                                    call_limit::use::answer)) {
        place = *std::move(given);
        co_await self->post_or_tell(std::move(message), *in);
    } else if (const auto beside = co_await context.replies_beside->enter(steady_clock::now() + most)) {
        co_await self->post_or_tell(std::move(message), *in);
    }
}

vmcp::awaitable<void> session_messages::carry_newest(self_ptr self, std::string subject) {
    do {
        const auto place = co_await self->place();
        auto message = self->newest_.take(subject);
        const auto in = self->state_.ready();
        if (place && message && in && !self->state_.closed())
            co_await self->post_or_tell(*std::move(message), *in);
    } while (!self->newest_.is_done(subject));
}

vmcp::awaitable<void> session_messages::room() {
    while (on_their_way_.load() >= most_on_their_way) {
        auto ticket = sent_.take(worker::current().executor());
        if (on_their_way_.load() < most_on_their_way)
            break;
        co_await ticket.wait(); // each of them has a limit of its own
    }
}

} // namespace transport
