#include "transport/mcp/back/upstream_listener.hpp"

#include "transport/http/accept.hpp"
#include "transport/mcp/back/lost_session.hpp"
#include "transport/mcp/back/relay.hpp"
#include "transport/sse/sse_decoder.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace transport {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// A backend that asks for more would not be heard again for longer than its clients can be kept waiting.
constexpr milliseconds longest_retry{60'000};

} // namespace

bool upstream_listener::newest() const {
    return up_->listening_generation_ == with_->generation;
}

bool upstream_listener::over() const {
    const auto current = up_->state_.ready();
    return up_->closed() || !current || current->generation != with_->generation;
}

asio::awaitable<void> upstream_listener::run(std::shared_ptr<upstream> up,
                                             std::shared_ptr<const established> with) {
    upstream_listener self(std::move(up), std::move(with));
    milliseconds pause = self.retry_;
    while (!self.over()) {
        self.delivered_ = false;
        const auto began = steady_clock::now();
        const auto how = co_await self.listen_once();
        self.settled();
        if (how != end::broken || self.over())
            break;
        // A stream that lived is reopened as the backend asked; one that fails at once ever more slowly.
        const bool lived = self.delivered_ || steady_clock::now() - began > std::chrono::seconds(5);
        constexpr milliseconds least{50}; // a backend that asks for 0 would be asked in a tight loop
        pause = lived ? std::max(self.retry_, least)
                      : std::min(std::max(pause, self.retry_) * 2, milliseconds(30'000));
        const auto timer = std::make_shared<asio::steady_timer>(worker::current().context(), pause);
        {
            const std::lock_guard lock(self.up_->mutex_);
            if (!self.newest())
                break;
            self.up_->stop_listening_ = [timer, ex = worker::current().executor()] {
                asio::post(ex, [timer] { timer->cancel(); });
            };
        }
        error_code ignored;
        co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    const std::lock_guard lock(self.up_->mutex_);
    if (self.newest())
        self.up_->stop_listening_ = nullptr;
}

void upstream_listener::settled() {
    const std::lock_guard lock(up_->mutex_);
    if (up_->stream_tried_ && newest())
        up_->stream_tried_->set(true);
}

asio::awaitable<upstream_listener::end> upstream_listener::listen_once() {
    auto& home = worker::current();
    // A connection of its own: the stream would hold up whatever shared it.
    auto made = co_await connect(home, up_->context_->connections->target(), milliseconds(10'000));
    if (!made)
        co_return end::broken;
    const std::shared_ptr<connection> carrier = std::move(*made);
    {
        const std::lock_guard lock(up_->mutex_);
        if (up_->closed() || !newest())
            co_return end::over;
        up_->stop_listening_ = [weak = std::weak_ptr<connection>(carrier), ex = home.executor()] {
            asio::post(ex, [weak] {
                if (const auto open = weak.lock())
                    open->stream().close();
            });
        };
    }
    carrier->expires_in(milliseconds(10'000));
    client_exchange exchange(*carrier);
    auto headers = up_->fields(with_.get(), nullptr, "text/event-stream");
    if (!last_event_id_.empty())
        headers.push_back({"Last-Event-ID", last_event_id_});
    const exchange_request request{.method = "GET",
                                   .url = &up_->context_->connections->target().url,
                                   .fields = headers,
                                   .body = nullptr};
    if (!co_await exchange.send(request))
        co_return end::broken;
    if (exchange.status() == 200 && is_event_stream(exchange.field("Content-Type"))) {
        carrier->expires_never();
        opened_ = true;
        settled();
        co_return co_await read(exchange);
    }
    std::string body;
    co_await exchange.body(body, 64 * 1024);
    if (opened_ && !with_->session_id.empty() && means_lost_session(exchange.status(), body)) {
        up_->state_.lose(with_->generation);
        co_return end::over;
    }
    co_return exchange.status() >= 500 || exchange.status() == 429 ? end::broken : end::refused;
}

asio::awaitable<upstream_listener::end> upstream_listener::read(client_exchange& exchange) {
    sse_decoder events(up_->context_->max_body);
    for (;;) {
        const auto piece = co_await exchange.some();
        if (!events.last_event_id().empty())
            last_event_id_ = std::string(events.last_event_id());
        retry_ = std::min(events.retry().value_or(retry_), longest_retry);
        if (!piece || piece->empty())
            co_return end::broken;
        delivered_ = true;
        events.feed(*piece);
        while (events.next() == sse_step::event)
            if (events.event().is_message())
                co_await take(events.take_data());
        if (events.failed())
            co_return end::broken;
    }
}

asio::awaitable<void> upstream_listener::take(std::string text) {
    const auto m = vmcp::read_message(text, 1000);
    if (!m || up_->closed())
        co_return;
    if (m->type == vmcp::message::kind::request) {
        co_await question(*m);
        co_await up_->room();
        co_return;
    }
    if (m->type != vmcp::message::kind::notification) {
        if (const auto request = m->id.empty() ? nullptr : up_->running(m->id.raw))
            request->take_elsewhere(std::move(text), true);
        co_return;
    }
    if (m->method == "notifications/progress") {
        if (const auto request = up_->running(m->param.progress_token.raw))
            request->take_elsewhere(std::move(text), false); // later progress will say more
        co_return;
    }
    // Only a session that belongs to one client says for whom this is.
    const auto client = up_->client_.lock();
    const auto way = client ? client->stream() : nullptr;
    if (!up_->take_general_notification(*m)) {
        if (!way ||
            (m->method == "notifications/message" && !vmcp::wants_log(client->level(), m->param.level.raw)))
            co_return;
        way->send(std::string(m->whole));
    }
    if (way)
        co_await way->room(worker::current().executor());
}

asio::awaitable<void> upstream_listener::question(const vmcp::message& m) {
    const auto client = up_->client_.lock();
    if (m.method == "ping" || !client) {
        up_->answer_directly(m);
        co_return;
    }
    const auto way = client->stream();
    // A client that does not listen can still be asked on the stream of a call.
    if (!way || !way->listening())
        if (const auto request = up_->running({})) {
            if (!request->take_elsewhere(std::string(m.whole), false))
                up_->refuse(m, vmcp::fail(vmcp::errc::too_many_requests, "the client does not keep up"));
            co_return;
        }
    using asked = vmcp::result<std::shared_ptr<vmcp::pending_ask>>;
    const auto pending =
        !way ? asked(vmcp::fail(vmcp::errc::client_gone))
        : up_->asking_.load() >= upstream::most_questions
            ? asked(vmcp::fail(vmcp::errc::too_many_requests, "as many questions wait for an answer"))
            : client->ask(m, way);
    if (!pending) {
        up_->refuse(m, pending.error());
        co_return;
    }
    std::string raw_id(m.id.raw);
    up_->remember_ask(raw_id, *pending);
    worker::current().spawn(
        [](std::shared_ptr<upstream> up, std::shared_ptr<vmcp::pending_ask> asked, std::string id,
           std::unique_ptr<vmcp::scoped_count>) -> asio::awaitable<void> {
            co_await up->relay_answer(std::move(asked), std::move(id));
        }(up_, *pending, std::move(raw_id), std::make_unique<vmcp::scoped_count>(up_->asking_)),
        "carrying a client's answer");
    co_await (*pending)->room();
}

} // namespace transport
