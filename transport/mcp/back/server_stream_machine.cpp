#include "transport/mcp/back/server_stream_machine.hpp"

#include "transport/http/accept.hpp"
#include "transport/mcp/back/lost_session.hpp"

#include <algorithm>
#include <utility>

namespace transport {

std::string_view name_of(stream_action::kind kind) noexcept {
    switch (kind) {
    case stream_action::kind::authorize:
        return "authorize";
    case stream_action::kind::renew:
        return "renew";
    case stream_action::kind::connect:
        return "connect";
    case stream_action::kind::send:
        return "send";
    case stream_action::kind::read_head:
        return "read_head";
    case stream_action::kind::read_body:
        return "read_body";
    case stream_action::kind::read_some:
        return "read_some";
    case stream_action::kind::deliver:
        return "deliver";
    case stream_action::kind::rest:
        return "rest";
    case stream_action::kind::finish:
        return "finish";
    }
    return "finish";
}

server_stream_machine::server_stream_machine(bool has_id, std::size_t max_event,
                                             const server_stream_machine* former)
    : has_id_(has_id)
    , max_event_(max_event) {
    if (former == nullptr)
        return;
    last_event_id_ = former->last_event_id_;
    was_open_ = former->was_open_;
}

stream_action server_stream_machine::act(kind kind) {
    return {.what = kind, .settled = std::exchange(settled_, false)};
}

stream_action server_stream_machine::end(bool lost) {
    settled_ = true;
    auto next = act(kind::finish);
    next.lost = lost;
    next.gone = lost && needs_no_goodbye(status_);
    next.again = std::exchange(broke_, false) && !lost; // a lost session has its own way to say so
    return next;
}

stream_action server_stream_machine::start(steady_clock::time_point now) {
    began_ = now;
    brought_something_ = false;
    return act(kind::authorize);
}

stream_action server_stream_machine::authorized() {
    return act(kind::connect);
}

stream_action server_stream_machine::connected() {
    return act(kind::send);
}

stream_action server_stream_machine::sent() {
    return act(kind::read_head);
}

stream_action server_stream_machine::head(const answer_head& answer) {
    status_ = answer.status;
    next_target_ = answer.moved_to;
    sure_end_ = answer.sure_end;
    if (status_ != 200 || !is_event_stream(answer.content_type))
        return act(kind::read_body);
    events_.emplace(max_event_);
    was_open_ = true;
    renewed_ = false;
    settled_ = true;
    auto next = act(kind::read_some);
    next.again = std::exchange(broke_, false);
    next.gap = std::exchange(gap_, false);
    return next;
}

// Servers without streams refuse a GET with about anything (405 is right, 404 and 400 are common): it means a lost session
// only where the backend had given this session a stream before.
stream_action server_stream_machine::refused(std::string_view text, steady_clock::time_point now) {
    if (!next_target_.empty() && moved_to_.empty()) {
        moved_to_ = std::exchange(next_target_, {});
        return act(kind::authorize);
    }
    if (was_open_ && has_id_ && means_lost_stream(status_, text))
        return end(true);
    if (status_ == 401 && !renewed_)
        return act(kind::renew);
    const bool passes =
        status_ >= 500 || status_ == 429 || status_ == 408 || means_busy_stream(status_, text);
    const bool has_none = !was_open_ || status_ == 404 || status_ == 405;
    if (!passes && has_none)
        return end(false);
    auto next = pause(now, false);
    if (status_ < 500) // which may come from a proxy, before the backend is there
        next.again = std::exchange(broke_, false);
    return next;
}

stream_action server_stream_machine::renewed(bool there_is_another, steady_clock::time_point now) {
    renewed_ = true;
    if (there_is_another)
        return start(now);
    return was_open_ ? pause(now, false) : end(false);
}

stream_action server_stream_machine::some(std::string_view piece, steady_clock::time_point now) {
    if (!piece.empty()) {
        brought_something_ = true;
        events_->feed(piece);
        return next_event(now);
    }
    if (sure_end_ && events_->finish() == sse_step::event && events_->event().is_message()) {
        text_ = events_->take_data();
        return act(kind::deliver);
    }
    return broken(now);
}

stream_action server_stream_machine::next_event(steady_clock::time_point now) {
    while (events_->next() == sse_step::event) {
        if (!events_->event().is_message())
            continue;
        text_ = events_->take_data();
        return act(kind::deliver);
    }
    return events_->failed() ? broken(now) : act(kind::read_some);
}

stream_action server_stream_machine::delivered(steady_clock::time_point now) {
    return next_event(now);
}

stream_action server_stream_machine::broken(steady_clock::time_point now) {
    if (events_) {
        if (!events_->last_event_id().empty())
            last_event_id_ = events_->last_event_id();
        retry_ = std::min(events_->retry().value_or(retry_), longest_retry);
        events_.reset();
        broke_ = true;
        gap_ = gap_ || last_event_id_.empty();
    }
    constexpr std::chrono::seconds long_enough{5};
    return pause(now, brought_something_ || now - began_ > long_enough);
}

// A stream that lived is opened again as the backend asked; one that fails at once ever more slowly.
stream_action server_stream_machine::pause(steady_clock::time_point now, bool lived) {
    pause_ = lived ? std::max(retry_, least_retry) : std::min(std::max(pause_, retry_) * 2, longest_pause);
    settled_ = true;
    auto next = act(kind::rest);
    next.until = now + pause_;
    return next;
}

stream_action server_stream_machine::rested(steady_clock::time_point now) {
    return start(now);
}

} // namespace transport
