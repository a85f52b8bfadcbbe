#include "transport/mcp/back/session_messages.hpp"

#include "transport/mcp/back/plain_exchange.hpp"
#include "vmcp/base/log.hpp"

#include <fmt/format.h>

namespace transport {

using std::chrono::milliseconds;
using vmcp::steady_clock;

vmcp::awaitable<vmcp::result<void>> session_messages::post(std::string message, const established& in) const {
    constexpr milliseconds limit{10'000};
    const plain_request request{.body = std::move(message)};
    const auto status = co_await exchange_plainly(context_, as_, in, request, steady_clock::now() + limit);
    if (!status)
        co_return status.error();
    if (*status < 200 || *status >= 300)
        co_return vmcp::fail(vmcp::errc::backend_protocol,
                             fmt::format("a notification was answered with HTTP {}", *status));
    co_return vmcp::result<void>();
}

void session_messages::send(std::string message) {
    auto in = state_.ready();
    if (!in || state_.closed())
        return;
    ++on_their_way_;
    std::shared_ptr<session_messages> guard(this, [whole = whole_.shared_from_this()](session_messages* m) {
        --m->on_their_way_;
        m->sent_.notify_all();
    });
    worker::current().spawn(
        [](std::shared_ptr<session_messages> self, std::string text,
           session_state::session_ptr session) -> asio::awaitable<void> {
            if (const auto sent = co_await self->post(std::move(text), *session); !sent)
                vmcp::log::debug("backend {}: {}", self->context_.name(), sent.error().message());
        }(std::move(guard), std::move(message), std::move(in)),
        "a notification to a backend");
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
