// What a backend_call does with messages, and what comes in between its waits.
#include "transport/mcp/back/backend_call.hpp"

#include "transport/mcp/back/session_core.hpp"

#include <algorithm>
#include <utility>

namespace transport {

// ---- messages

vmcp::awaitable<exchange_action> backend_call::deliver(delivery how) {
    const auto& m = machine_.message();
    switch (how) {
    case delivery::progress: {
        vmcp::splice text(m.whole);
        text.replace(m.param.progress_token.raw, request_.progress_token);
        vmcp::leave_out(text, m.surplus);
        co_await out_.notify(text.pieces());
        break;
    }
    case delivery::notification: {
        const bool unwanted = kind_of(m) == backend_says::log && request_.call != nullptr &&
                              !request_.call->wants_log(m.param.level.raw);
        if (!core_.notices.take(m) && !unwanted) {
            vmcp::splice text(m.whole);
            vmcp::leave_out(text, m.surplus);
            co_await out_.notify(text.pieces());
        }
        break;
    }
    case delivery::question:
        co_return co_await ask();
    case delivery::own_question:
        core_.questions.answer_here(m, park());
        co_await core_.messages.room();
        break;
    case delivery::surplus:
        core_.questions.refuse(
            m, vmcp::fail(vmcp::errc::too_many_requests, "as many questions of this call wait for an answer"),
            park());
        co_await core_.messages.room();
        break;
    case delivery::foreign: {
        const bool is_response = kind_of(m) == backend_says::response;
        const auto whose = our_id(is_response ? m.id.raw : m.param.progress_token.raw);
        core_.router.hand_over(*whose, std::string(m.whole), is_response);
        break;
    }
    case delivery::reply:
        break;
    }
    co_return machine_.delivered(steady_clock::now());
}

vmcp::awaitable<exchange_action> backend_call::ask() {
    const auto& m = machine_.message();
    const auto asked = out_.ask(m);
    if (!asked) {
        core_.questions.refuse(m, asked.error(), park());
        co_await core_.messages.room();
        co_return machine_.asked(false, steady_clock::now());
    }
    questions_.push_back(*asked);
    core_.questions.carry_answer(
        m, *asked,
        [&router = core_.router, id = running_->id(), goes_on = park()](call_limit::place carried) {
            if (goes_on)
                goes_on(std::move(carried));
            router.question_over(id);
        });
    // Before anything is waited for: the answer may come meanwhile.
    const auto next = machine_.asked(true, steady_clock::now());
    keep_time();
    co_await (*asked)->room();
    co_return next;
}

// The call waits for the answer to a question of its backend, maybe of a person: what others of this backend can use is not
// held for so long. Gives what the answer brings the place to that it was carried in; empty: the call had none.
backend_questions::on_answered backend_call::park() {
    if (request_.place == nullptr)
        return {};
    if (!parked_)
        parked_ = std::make_shared<parked_place>();
    parked_->asked(*request_.place);
    return [parked = parked_](call_limit::place carried) { parked->answered(std::move(carried)); };
}

// ---- what comes in between

std::optional<std::string> backend_call::mail_for(const exchange_action& next) {
    keep_time();
    interrupted_ = false;
    if (!mail_ || !can_begin_again(next.what))
        return std::nullopt;
    auto mail = running_->take();
    mail_ = mail.has_value();
    return mail;
}

void backend_call::on_cancelled() {
    close_connection();
    if (pause_)
        pause_->cancel();
}

void backend_call::on_mail() {
    mail_ = true;
    if (!interruptible_)
        return;
    interrupted_ = true;
    if (pause_)
        pause_->cancel();
    else if (connection_)
        connection_->stream().cancel();
}

void backend_call::on_question_answered() {
    machine_.question_answered(steady_clock::now());
    keep_time();
    if (core_.carrier && pause_)
        pause_->cancel(); // which waits for another time now
}

// ---- the end

vmcp::result<void> backend_call::finish() {
    interruptible_ = false;
    while (auto mail = running_ ? running_->take() : std::nullopt)
        refuse_left_over(*mail);
    running_.reset();
    for (const auto& weak : questions_)
        if (const auto asked = weak.lock())
            asked->cancel("\"the request it belongs to is over\"");
    if (request_.new_session_id != nullptr)
        *request_.new_session_id = machine_.new_session_id();
    if (request_.moved_to != nullptr)
        *request_.moved_to = machine_.moved_to();
    if (request_.status != nullptr)
        *request_.status = machine_.status();

    const auto& outcome = machine_.outcome();
    span_.ended(outcome.why ? &*outcome.why : nullptr, machine_.status());
    if (outcome.abandoned) {
        std::string params = R"({"requestId":)" + id_;
        const std::string reason = cancelled() ? request_.cancellation->reason() : R"("timeout")";
        if (!reason.empty())
            params.append(R"(,"reason":)").append(reason);
        core_.messages.send(vmcp::notification_message("notifications/cancelled", params + "}"));
    }
    if (!outcome.why)
        return {};
    if (request_.met != nullptr)
        *request_.met = outcome.met;
    return *outcome.why;
}

// It came for the request but too late: a question must not stay without an answer.
void backend_call::refuse_left_over(std::string_view text) {
    const auto m = vmcp::read_message(text, backend_json_depth);
    if (m && kind_of(*m) == backend_says::question)
        core_.questions.answer_here(*m);
}

} // namespace transport
