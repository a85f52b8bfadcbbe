// The course of an exchange; exchange_answers.cpp holds what answers and messages mean.
#include "transport/mcp/back/exchange_machine.hpp"

#include "transport/http/accept.hpp"
#include "vmcp/base/byte_order_mark.hpp"
#include "vmcp/base/shortage.hpp"

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::errc;

std::string_view name_of(exchange_action::kind kind) noexcept {
    switch (kind) {
    case exchange_action::kind::get_session:
        return "get_session";
    case exchange_action::kind::begin:
        return "begin";
    case exchange_action::kind::authorize:
        return "authorize";
    case exchange_action::kind::renew:
        return "renew";
    case exchange_action::kind::connect:
        return "connect";
    case exchange_action::kind::send:
        return "send";
    case exchange_action::kind::read_head:
        return "read_head";
    case exchange_action::kind::read_body:
        return "read_body";
    case exchange_action::kind::read_some:
        return "read_some";
    case exchange_action::kind::keep:
        return "keep";
    case exchange_action::kind::drain:
        return "drain";
    case exchange_action::kind::deliver:
        return "deliver";
    case exchange_action::kind::rest:
        return "rest";
    case exchange_action::kind::listen:
        return "listen";
    case exchange_action::kind::finish:
        return "finish";
    }
    return "finish";
}

std::string_view name_of(delivery how) noexcept {
    switch (how) {
    case delivery::reply:
        return "reply";
    case delivery::progress:
        return "progress";
    case delivery::notification:
        return "notification";
    case delivery::question:
        return "question";
    case delivery::own_question:
        return "own_question";
    case delivery::foreign:
        return "foreign";
    case delivery::surplus:
        return "surplus";
    }
    return "surplus";
}

exchange_machine::exchange_machine(const exchange_terms& terms) : terms_(terms), deadline_(terms.deadline) {
}

exchange_action exchange_machine::act(kind kind) {
    doing_ = {.what = kind, .distrust = std::exchange(distrust_, false)};
    return doing_;
}

steady_clock::time_point exchange_machine::until() const noexcept {
    return open_questions_ > 0 ? terms_.latest : deadline_;
}

// ---- from the wish to the wire

exchange_action exchange_machine::start() {
    return next_attempt(false);
}

exchange_action exchange_machine::next_attempt(bool lost) {
    sent_ = false;
    auto next = act(terms_.session == session_use::none ? kind::begin : kind::get_session);
    next.lost = lost;
    return doing_ = next;
}

exchange_action exchange_machine::session_ready(bool has_id) {
    session_has_id_ = has_id;
    return act(kind::begin);
}

exchange_action exchange_machine::session_failed(vmcp::failure why, call_facts facts) {
    outcome_.met = std::move(facts);
    return give_up(std::move(why));
}

exchange_action exchange_machine::begun(std::uint64_t id) {
    id_ = id;
    resuming_ = false;
    heard_ = false;
    events_.reset();
    last_event_id_.clear();
    return act(kind::authorize);
}

exchange_action exchange_machine::authorized(std::span<const std::string> secrets,
                                             const header_list* of_caller) {
    secrets_ = secrets;
    of_caller_ = of_caller;
    auto next = act(kind::connect);
    next.fresh = (fresh_ || terms_.fresh) && !resuming_;
    return doing_ = next;
}

exchange_action exchange_machine::unauthorized(vmcp::failure why) {
    outcome_.met = {.without_credential = true};
    return give_up(std::move(why));
}

exchange_action exchange_machine::connected(bool reused) {
    reused_ = reused;
    refused_.reset();
    return act(kind::send);
}

exchange_action exchange_machine::connect_failed(const connect_failure& why, steady_clock::time_point now) {
    outcome_.met = {.connecting = true, .step = why.step, .ec = why.ec, .address = why.address};
    // What this gateway lacks is no fault of the backend's.
    const bool own = !why.timed_out && vmcp::shortage_of(why.ec);
    auto failed = vmcp::fail(own             ? errc::io
                             : why.timed_out ? errc::backend_timeout
                                             : errc::backend_unavailable,
                             describe(why));
    return resuming_ && !why.timed_out ? broke_off(std::move(failed), now) : give_up(std::move(failed));
}

exchange_action exchange_machine::sent() {
    sent_ = true;
    return act(kind::read_head);
}

// ---- the answer

exchange_action exchange_machine::head(const answer_head& answer) {
    status_ = answer.status;
    streaming_ =
        status_ >= 200 && status_ < 300 && is_event_stream(answer.content_type) && !terms_.answered_elsewhere;
    json_ = is_json(answer.content_type);
    if (status_ != 200) {
        content_type_ = answer.content_type;
        location_ = answer.location;
    }
    next_target_ = answer.moved_to;
    sure_end_ = answer.sure_end;
    if (terms_.session == session_use::none)
        new_session_id_ = answer.session_id;
    if (!streaming_)
        return act(kind::read_body);
    events_.emplace(terms_.max_body);
    return act(kind::read_some);
}

exchange_action exchange_machine::body(std::string_view text, std::string_view address,
                                       steady_clock::time_point now) {
    next_ = judge(vmcp::without_byte_order_mark(text), address, now);
    return act(kind::keep); // the connection is free for others while this is delivered
}

exchange_action exchange_machine::some(std::string_view piece, std::string_view address,
                                       steady_clock::time_point now) {
    address_ = address;
    if (!piece.empty()) {
        events_->feed(piece);
        return next_event(now);
    }
    if (sure_end_ && events_->finish() == sse_step::event)
        if (const auto next = take_event(now))
            return *next;
    note(address);
    return broke_off(
        vmcp::fail(errc::backend_unavailable, address_ + " ended its answer without the response"), now);
}

exchange_action exchange_machine::broken(const exchange_failure& why, std::string_view address,
                                         steady_clock::time_point now) {
    note(address);
    distrust_ =
        reused_ && (why.error == exchange_error::closed || why.error == exchange_error::write_failed ||
                    why.error == exchange_error::timeout);
    const auto unavailable = vmcp::fail(errc::backend_unavailable, why.detail);
    switch (why.error) {
    case exchange_error::write_failed:
        // Not all of it left this machine, so the backend cannot have seen the whole request.
        return resuming_ ? broke_off(unavailable, now) : send_again(unavailable);
    case exchange_error::closed:
        if (resuming_)
            return broke_off(unavailable, now);
        // A connection that was idle may have been closed while the request was on its way. Whether the
        // backend had taken it nobody can know.
        return terms_.repeatable && (reused_ || terms_.answered_elsewhere) ? send_again(unavailable)
                                                                           : give_up(unavailable);
    case exchange_error::truncated:
        return broke_off(unavailable, now);
    case exchange_error::cancelled:
        return give_up(unavailable);
    case exchange_error::timeout:
        return give_up(vmcp::fail(errc::backend_timeout, why.detail));
    case exchange_error::too_large:
        outcome_.met.too_large = true;
        [[fallthrough]];
    case exchange_error::malformed:
        return give_up(vmcp::fail(errc::backend_protocol, why.detail));
    case exchange_error::no_memory:
        return give_up(vmcp::fail(errc::no_memory, why.detail));
    case exchange_error::not_sent:
        return give_up(vmcp::fail(errc::internal, why.detail));
    }
    return give_up(unavailable);
}

exchange_action exchange_machine::kept() {
    return doing_ = next_;
}

exchange_action exchange_machine::renewed(bool there_is_another) {
    if (!there_is_another)
        return unanswered();
    renewed_ = true;
    return resuming_ ? act(kind::authorize) : next_attempt(false);
}

// ---- what comes in between

exchange_action exchange_machine::cancelled() {
    return answered_ ? act(kind::finish) : give_up(vmcp::fail(errc::cancelled));
}

exchange_action exchange_machine::too_much(std::string detail, std::string_view address) {
    if (answered_)
        return act(kind::finish);
    note(address);
    return give_up(vmcp::fail(errc::no_memory, std::move(detail)));
}

exchange_action exchange_machine::expired(std::string detail, std::string_view address) {
    if (answered_)
        return act(kind::finish);
    note(address);
    distrust_ = reused_ && doing_.what != kind::connect;
    return give_up(vmcp::fail(errc::backend_timeout, std::move(detail)));
}

exchange_action exchange_machine::elsewhere(std::string text, steady_clock::time_point now) {
    if (answered_)
        return doing_;
    interrupted_ = doing_;
    interrupted_.distrust = false;
    from_ = source::elsewhere;
    text_ = std::move(text);
    messages_.open(vmcp::without_byte_order_mark(text_));
    return go_on(now);
}

void exchange_machine::question_answered(steady_clock::time_point now) {
    if (open_questions_ == 0)
        return;
    --open_questions_;
    if (open_questions_ == 0)
        deadline_ = std::min(now + terms_.timeout, terms_.latest);
}

// ---- how it goes on when it went wrong

exchange_action exchange_machine::send_again(vmcp::failure why) {
    if (std::exchange(fresh_, true))
        return give_up(std::move(why));
    return next_attempt(false);
}

// The answer stopped, but the backend may go on with it: here, or on another stream.
exchange_action exchange_machine::broke_off(vmcp::failure why, steady_clock::time_point now) {
    if (terms_.stateless)
        return give_up(std::move(why));
    if (events_) {
        if (!events_->last_event_id().empty())
            last_event_id_ = events_->last_event_id();
        pause_ = events_->retry().value_or(pause_);
        events_.reset();
    }
    outcome_.why = std::move(why); // if nothing comes of it
    auto next = act(kind::listen);
    next.until = std::min(now + moment, until());
    if (!last_event_id_.empty() && ++in_vain_ <= most_in_vain) {
        next.what = kind::rest;
        next.until = std::min(now + std::max(pause_, least_pause), until());
    }
    return doing_ = next;
}

exchange_action exchange_machine::rested(steady_clock::time_point now) {
    if (doing_.what == kind::listen)
        return give_up(*outcome_.why);
    if (now >= until())
        return give_up(
            vmcp::fail(errc::backend_timeout, outcome_.why->detail + ", and did not go on in time"));
    resuming_ = true;
    heard_ = true;
    return act(kind::authorize);
}

exchange_action exchange_machine::give_up(vmcp::failure why, std::string words) {
    if (!words.empty())
        outcome_.met.words = std::move(words);
    outcome_.abandoned =
        sent_ && terms_.session != session_use::none &&
        (why.code == errc::cancelled || why.code == errc::backend_timeout || why.code == errc::no_memory);
    outcome_.why = std::move(why);
    return act(kind::finish);
}

} // namespace transport
