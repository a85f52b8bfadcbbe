#include "transport/mcp/back/relay.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace transport {

using vmcp::message;

bool same_id(std::string_view raw, std::string_view ours) noexcept {
    if (raw.size() == ours.size() + 2 && raw.front() == '"')
        raw = raw.substr(1, ours.size());
    return raw == ours;
}

namespace {

vmcp::answer_kind kind_of(const message& m, std::string_view method) {
    if (m.type == message::kind::error)
        return vmcp::answer_kind::error;
    return m.tool_failed && method == "tools/call" ? vmcp::answer_kind::tool_error
                                                   : vmcp::answer_kind::result;
}

} // namespace

relay::relay(std::shared_ptr<upstream> up, const upstream_request& what, vmcp::reply_sink& out,
             std::string id, vmcp::steady_clock::time_point deadline)
    : up_(std::move(up))
    , what_(&what)
    , out_(&out)
    , id_(std::move(id))
    , executor_(worker::current().executor())
    , timeout_(what.timeout)
    , deadline_(deadline) {
}

void relay::runs_on(connection* over) {
    connection_ = over;
    if (connection_ == nullptr)
        return;
    if (answered_elsewhere_)
        connection_->stream().close(); // nothing is waited for any more
    else if (open_questions_ > 0)
        connection_->expires_never();
    else
        connection_->expires_in(left());
}

std::chrono::milliseconds relay::left() const {
    using std::chrono::milliseconds;
    if (open_questions_ > 0)
        return timeout_;
    const auto rest = std::chrono::duration_cast<milliseconds>(deadline_ - vmcp::steady_clock::now());
    return std::max(milliseconds(1), rest);
}

void relay::restart_clock() {
    if (open_questions_ > 0)
        return;
    deadline_ = vmcp::steady_clock::now() + timeout_;
    if (connection_ != nullptr)
        connection_->expires_in(timeout_);
}

void relay::detach() noexcept {
    out_ = nullptr;
    what_ = nullptr;
    connection_ = nullptr;
    pause_ = nullptr;
}

void relay::finish() {
    detach();
    for (const auto& weak : questions_)
        if (const auto pending = weak.lock())
            pending->cancel("\"the request it belongs to is over\"");
    questions_.clear();
}

asio::awaitable<relay::step> relay::take(std::string_view text) {
    constexpr unsigned depth = 1000; // a backend's payload is passed on, not understood
    if (vmcp::looks_like_batch(text)) {
        const auto parts = vmcp::read_batch(text, 1000, depth);
        auto end = parts ? step::more : step::not_mcp;
        for (std::size_t i = 0; parts && i < parts->size() && end == step::more; ++i)
            end = co_await take((*parts)[i]);
        co_return end;
    }
    const auto m = vmcp::read_message(text, depth);
    if (!m) {
        vmcp::log::debug("backend {}: not a JSON-RPC message: {}", up_->context_->connections->config().name,
                         m.error().detail);
        co_return step::not_mcp;
    }
    co_return co_await take_message(*m);
}

asio::awaitable<relay::step> relay::take_message(const message& m) {
    switch (m.type) {
    case message::kind::response:
    case message::kind::error:
        // An error without an id can only be about the one request of this exchange.
        if (!m.id.empty() && !same_id(m.id.raw, id_))
            co_return step::more;
        co_await answer(m);
        co_return step::answered;
    case message::kind::notification:
        co_await notification(m);
        co_return step::more;
    case message::kind::request:
        co_await question(m);
        co_return step::more;
    }
    co_return step::more;
}

// The first response counts, and nothing after it: it may come on two streams at once.
asio::awaitable<void> relay::answer(const message& m) {
    if (out_ == nullptr || std::exchange(answered_, true))
        co_return;
    co_await out_->done(vmcp::reply::of_message(m, kind_of(m, what_->method)));
}

asio::awaitable<void> relay::notification(const message& m) {
    if (out_ == nullptr || answered_)
        co_return;
    if (m.method == "notifications/progress") {
        co_await progress(m);
    } else if (m.method == "notifications/message") {
        if (what_->of == nullptr || what_->of->wants_log(m.param.level.raw))
            co_await out_->notify(vmcp::gather(m.whole));
    } else if (!up_->take_general_notification(m)) {
        co_await out_->notify(vmcp::gather(m.whole));
    }
}

asio::awaitable<void> relay::progress(const message& m) {
    if (what_->token.empty() || !same_id(m.param.progress_token.raw, id_))
        co_return;
    if (up_->context_->progress_extends_deadline)
        restart_clock();
    vmcp::splice text(m.whole);
    text.replace(m.param.progress_token.raw, what_->token);
    co_await out_->notify(text.pieces());
}

bool relay::take_elsewhere(std::string text, bool is_response) {
    constexpr std::size_t most = 64;
    constexpr std::size_t most_bytes = std::size_t{1} << 20;
    {
        const std::lock_guard lock(elsewhere_.mutex);
        if (elsewhere_.over || (is_response && std::exchange(elsewhere_.response, true)))
            return false;
        if (!is_response && !elsewhere_.waiting.empty() &&
            (elsewhere_.waiting.size() >= most || elsewhere_.bytes + text.size() > most_bytes))
            return false;
        elsewhere_.bytes += text.size();
        elsewhere_.waiting.push_back(std::move(text));
        if (std::exchange(elsewhere_.taking, true))
            return true;
    }
    asio::co_spawn(executor_, take_waiting(shared_from_this()), report("messages on another stream"));
    return true;
}

asio::awaitable<void> relay::take_waiting(std::shared_ptr<relay> self) {
    auto& came = self->elsewhere_;
    // settled() waits for the end of this, also when an exception ends it.
    const auto ended = [](elsewhere* of) {
        {
            const std::lock_guard lock(of->mutex);
            of->taking = false;
        }
        of->changed.notify_all();
    };
    std::unique_ptr<elsewhere, decltype(ended)> by_exception(&came, ended);
    for (;;) {
        std::string text;
        {
            const std::lock_guard lock(came.mutex);
            if (came.waiting.empty()) {
                came.taking = false; // under the same lock: what comes next begins anew
                break;
            }
            text = std::move(came.waiting.front());
            came.waiting.pop_front();
            came.bytes -= text.size();
        }
        if (co_await self->take(text) != step::answered)
            continue;
        self->answered_elsewhere_ = true;
        // Whoever waits for the response there looks up.
        if (self->connection_ != nullptr)
            self->connection_->stream().close();
        if (self->pause_ != nullptr)
            self->pause_->cancel();
    }
    (void)by_exception.release();
    came.changed.notify_all();
}

asio::awaitable<void> relay::settled(std::chrono::milliseconds patience) {
    const auto until = vmcp::steady_clock::now() + patience;
    for (;;) {
        auto ticket = elsewhere_.changed.take(executor_);
        const bool late = answered_ || vmcp::steady_clock::now() >= until;
        bool taking = false;
        {
            const std::lock_guard lock(elsewhere_.mutex);
            taking = elsewhere_.taking;
            if (!taking && late) {
                elsewhere_.over = true;
                co_return;
            }
        }
        co_await ticket.wait(taking ? vmcp::steady_clock::time_point::max() : until);
    }
}

asio::awaitable<void> relay::question(const message& m) {
    if (m.method == "ping" || out_ == nullptr || answered_ || what_->of == nullptr) {
        up_->answer_directly(m);
        co_await up_->room();
        co_return;
    }
    const auto pending =
        open_questions_ < upstream::most_questions
            ? out_->ask(m)
            : vmcp::fail(vmcp::errc::too_many_requests, "as many questions of this call wait for an answer");
    if (!pending) {
        up_->refuse(m, pending.error());
        co_await up_->room();
        co_return;
    }
    std::string raw_id(m.id.raw);
    up_->remember_ask(raw_id, *pending);
    questions_.push_back(*pending);
    ++open_questions_;
    // A person may be asked: the call's own deadline rests until the answer is there.
    if (connection_ != nullptr)
        connection_->expires_never();
    asio::co_spawn(executor_, carry_answer(shared_from_this(), *pending, std::move(raw_id)),
                   report("carrying a client's answer"));
    co_await (*pending)->room();
}

asio::awaitable<void> relay::carry_answer(std::shared_ptr<relay> self,
                                          std::shared_ptr<vmcp::pending_ask> pending, std::string raw_id) {
    co_await up_->relay_answer(std::move(pending), std::move(raw_id));
    --open_questions_;
    restart_clock();
}

} // namespace transport
