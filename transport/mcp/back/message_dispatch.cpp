#include "transport/mcp/back/message_dispatch.hpp"

#include "transport/mcp/back/backend_message.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/byte_order_mark.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace transport {

namespace {

using handed = session_router::handed;
using std::chrono::milliseconds;

// Tries until it is no longer `full`, for a moment.
template <class Attempt>
vmcp::awaitable<handed> with_patience(Attempt attempt) {
    constexpr milliseconds between{2};
    constexpr int most = 50;
    for (int i = 0;; ++i) {
        const handed how = attempt();
        if (how != handed::full || i == most)
            co_return how;
        boost::asio::steady_timer pause(worker::current().context(), between);
        boost::system::error_code ignored;
        co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
}

vmcp::awaitable<void> take_progress(session_core& in, const vmcp::message& m) {
    const auto id = our_id(m.param.progress_token.raw);
    if (!id)
        co_return;
    // The request may be over: then nobody is there to wait for.
    co_await with_patience([&] {
        if (in.router.hand_over(*id, std::string(m.whole), false) || !in.router.is_running(*id))
            return handed::taken;
        return handed::full;
    });
}

vmcp::awaitable<void> take_for_asker(session_core& in, const vmcp::message& m) {
    const auto how =
        co_await with_patience([&] { return in.router.hand_to_the_asker(std::string(m.whole)); });
    const bool question = kind_of(m) == backend_says::question;
    if (how == handed::nobody || how == handed::several || (question && how == handed::full))
        co_await in.stream.take(std::string(m.whole));
}

vmcp::awaitable<void> take_one(session_core& in, std::string text,
                               const std::function<void(std::string_view)>& garbage) {
    const auto m = vmcp::read_message(text, backend_json_depth);
    if (!m)
        co_return garbage(text);
    switch (kind_of(*m)) {
    case backend_says::response:
        if (const auto id = our_id(m->id.raw))
            in.router.hand_over(*id, std::move(text), true);
        co_return;
    case backend_says::progress:
        co_return co_await take_progress(in, *m);
    case backend_says::question:
        if (m->method == "ping" || in.as.has_no_client())
            break;
        co_return co_await take_for_asker(in, *m);
    case backend_says::log:
    case backend_says::notification:
        co_return co_await take_for_asker(in, *m);
    case backend_says::withdrawal:
    case backend_says::lists_changed:
    case backend_says::resource_updated:
        break;
    }
    co_await in.stream.take(std::string(m->whole));
}

} // namespace

vmcp::awaitable<void> dispatch(session_core& in, std::string line,
                               const std::function<void(std::string_view)>& garbage) {
    constexpr std::size_t most = 1000; // in one batch
    line.erase(0, line.size() - vmcp::without_byte_order_mark(line).size());
    if (!vmcp::looks_like_batch(line))
        co_return co_await take_one(in, std::move(line), garbage);
    const auto parts = vmcp::read_batch(line, most, backend_json_depth);
    if (!parts)
        co_return garbage(line);
    for (const auto part : *parts)
        co_await take_one(in, std::string(part), garbage);
}

} // namespace transport
