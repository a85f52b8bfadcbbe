#include "transport/mcp/back/server_stream.hpp"

#include "transport/mcp/back/backend_message.hpp"
#include "transport/mcp/back/exchange_machine.hpp"
#include "transport/mcp/back/stream_run.hpp"
#include "vmcp/base/byte_order_mark.hpp"

#include <optional>
#include <utility>

namespace transport {

using vmcp::errc;

// ---- when there is one

void server_stream::want() {
    open();
    look_again();
}

void server_stream::want_always() {
    need_.for_ever();
    open();
}

void server_stream::hold() {
    need_.begin_call();
    open();
}

void server_stream::release() {
    if (need_.end_call())
        look_again();
}

void server_stream::follow_session() {
    if (need_.is_there())
        open();
}

void server_stream::open() {
    if (carried_)
        return;
    auto session = state_.ready();
    std::shared_ptr<stream_run> former;
    std::shared_ptr<stream_run> next;
    {
        const std::lock_guard lock(mutex_);
        const bool same = current_ && session && current_->session->generation == session->generation;
        if (!session || state_.closed() || (same && !current_->left))
            return;
        next = std::make_shared<stream_run>(context_, std::move(session), same ? current_.get() : nullptr);
        former = std::exchange(current_, next);
        unsettled_ = !slow_;
    }
    // A backend that forgot a session may still hold its stream open.
    if (former)
        former->ending->cancel({});
    worker::current().spawn(listen(whole_.shared_from_this(), std::move(next)), "a backend's stream");
}

// ---- when there is none any more

void server_stream::look_again() {
    if (state_.closed() || need_.is_plain())
        return;
    std::shared_ptr<stream_run> one;
    {
        const std::lock_guard lock(mutex_);
        one = current_;
    }
    if (!one || one->over || !one->watch.wanted())
        return;
    one->home.post([this, whole = whole_.shared_from_this(), one] {
        if (one->over)
            return one->watch.end();
        one->watch.begin([this, &run = *one] {
            run.unneeded = !need_.is_there();
            if (run.unneeded)
                run.stop_waiting();
        });
    });
}

bool server_stream::leaves(stream_run& one) {
    if (!one.unneeded)
        return false;
    const std::lock_guard lock(mutex_);
    one.unneeded = one.left = !need_.is_there();
    return one.left;
}

void server_stream::stop() {
    const std::lock_guard lock(mutex_);
    if (current_)
        current_->ending->cancel({});
}

vmcp::awaitable<void> server_stream::settled(vmcp::cancellation* control) {
    constexpr milliseconds most{1'000};
    std::shared_ptr<stream_run> one;
    {
        const std::lock_guard lock(mutex_);
        one = current_;
    }
    if (one && !co_await one->settled.get(steady_clock::now() + most, control))
        slow_ = control == nullptr || !control->cancelled();
    unsettled_ = false; // waited for once only
}

bool server_stream::active() const {
    const std::lock_guard lock(mutex_);
    return current_ && !current_->over;
}

bool server_stream::is_over(const stream_run& one) const {
    const auto session = state_.ready();
    return one.ending->cancelled() || state_.closed() || !session ||
           session->generation != one.session->generation;
}

vmcp::awaitable<void> server_stream::listen(std::shared_ptr<session_lifetime>,
                                            std::shared_ptr<stream_run> one) {
    const std::shared_ptr<void> at_end(nullptr, [&one](void*) {
        one->release();
        one->over = true;
        one->settled.set(true);
    });
    const vmcp::cancellation::scope cancellable(one->ending.get(), [&one] { one->stop_waiting(); });
    auto next = one->machine.start(steady_clock::now());
    while (next.what != stream_action::kind::finish && !is_over(*one) && !leaves(*one)) {
        if (next.settled)
            one->settled.set(true);
        if (next.again)
            lists_may_differ();
        if (next.gap)
            renewal_.after_gap(*one->session);
        if (next.what == stream_action::kind::deliver) {
            co_await take(one->machine.text());
            next = one->machine.delivered(steady_clock::now());
        } else {
            next = co_await one->perform(next, as_);
        }
    }
    if (next.lost)
        ending_.give_up(one->session, next.gone);
    else if (next.again && !is_over(*one))
        lists_may_differ();
}

// One session tells it for all: the gateway's own. A backend that ends its streams all the time need not be asked each time.
void server_stream::lists_may_differ() {
    if (!as_.of_gateway)
        return;
    bool report = false;
    {
        const std::lock_guard lock(mutex_);
        report = breaks_.happened(steady_clock::now()).report;
    }
    if (report)
        context_.guard->lists_changed();
}

// ---- what comes on it

vmcp::awaitable<void> server_stream::take(std::string text) {
    text.erase(0, text.size() - vmcp::without_byte_order_mark(text).size());
    const auto m = vmcp::read_message(text, backend_json_depth);
    if (!m)
        co_return;
    const auto client = as_.client(); // only a session of one client says for whom it is
    const auto stream = client ? client->stream() : nullptr;
    switch (kind_of(*m)) {
    case backend_says::question: {
        std::shared_ptr<vmcp::pending_ask> asked;
        ask(*m, asked);
        if (asked)
            co_await asked->room();
        co_await messages_.room();
        co_return;
    }
    case backend_says::response:
        if (const auto id = our_id(m->id.raw))
            router_.hand_over(*id, std::move(text), true);
        co_return;
    case backend_says::progress:
        // When there is no room for it, later progress will say more.
        if (const auto id = our_id(m->param.progress_token.raw))
            router_.hand_over(*id, std::move(text), false);
        co_return;
    case backend_says::log:
        if (!client || !vmcp::wants_log(client->level(), m->param.level.raw))
            co_return;
        break;
    case backend_says::withdrawal:
    case backend_says::lists_changed:
    case backend_says::resource_updated:
    case backend_says::notification:
        break;
    }
    if (!stream) {
        notices_.take(*m);
        co_return;
    }
    if (!notices_.take(*m))
        stream->send(vmcp::plain_text(*m));
    co_await stream->room(worker::current().executor());
}

// The question of a session that several clients share belongs to the one that calls, or to the only one there is. It is
// nobody else's business, and nobody answers it in their place.
void server_stream::ask(const vmcp::message& question, std::shared_ptr<vmcp::pending_ask>& asked) {
    if (question.method == "ping" || as_.has_no_client())
        return questions_.answer_here(question);
    const auto owner = as_.client();
    const auto listens = [](const auto& client) {
        const auto stream = client ? client->stream() : nullptr;
        return stream && stream->listening();
    };
    // A client that does not listen can still be asked on the stream of a call.
    if (!listens(owner) && asked_by_call(question))
        return;
    const auto client = as_.of_one_client ? owner : audience_.only();
    const auto stream = client ? client->stream() : nullptr;
    if (!stream || !(as_.of_one_client || stream->listening()))
        return questions_.refuse(question, vmcp::fail(errc::client_gone));
    if (open_questions_ >= exchange_machine::most_questions)
        return questions_.refuse(question,
                                 vmcp::fail(errc::too_many_requests, "as many questions wait for an answer"));
    auto pending = client->ask(question, stream);
    if (!pending)
        return questions_.refuse(question, pending.error());
    asked = std::move(*pending);
    ++open_questions_;
    questions_.carry_answer(question, asked, [this](call_limit::place) { --open_questions_; });
}

bool server_stream::asked_by_call(const vmcp::message& question) {
    switch (router_.hand_to_the_asker(std::string(question.whole))) {
    case session_router::handed::taken:
        return true;
    case session_router::handed::full:
        questions_.refuse(question, vmcp::fail(errc::too_many_requests, "the client does not keep up"));
        return true;
    case session_router::handed::several:
        questions_.refuse(question,
                          vmcp::fail(errc::invalid_request,
                                     "several clients have calls in flight on this shared session, and the "
                                     "question names none of them; sessions: dedicated keeps clients apart"));
        return true;
    case session_router::handed::nobody:
        break;
    }
    return false;
}

} // namespace transport
