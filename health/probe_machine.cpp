// Streams and requests of a probe; probe_answers.cpp holds what the answers prove.
#include "health/probe_machine.hpp"

#include <algorithm>
#include <utility>

namespace health {
namespace {

// How long the rest of an answered event stream may take before a new stream is quicker.
constexpr milliseconds drain_time{250};
stage stage_of(probe_action::kind doing) {
    switch (doing) {
    case probe_action::kind::resolve:
        return stage::resolve;
    case probe_action::kind::connect:
        return stage::connect;
    case probe_action::kind::handshake:
        return stage::handshake;
    case probe_action::kind::send:
    case probe_action::kind::read:
    case probe_action::kind::drain:
    case probe_action::kind::finish:
        return stage::exchange;
    }
    return stage::exchange;
}

} // namespace

std::string_view name_of(probe_action::kind kind) noexcept {
    switch (kind) {
    case probe_action::kind::resolve:
        return "resolve";
    case probe_action::kind::connect:
        return "connect";
    case probe_action::kind::handshake:
        return "handshake";
    case probe_action::kind::send:
        return "send";
    case probe_action::kind::read:
        return "read";
    case probe_action::kind::drain:
        return "drain";
    case probe_action::kind::finish:
        return "finish";
    }
    return "finish";
}

probe_machine::probe_machine(probe_options options, probe_memory memory, probe_kind kind)
    : options_(std::move(options))
    , memory_(std::move(memory))
    , kind_(kind) {
    if (kind_ == probe_kind::goodbye)
        step_ = probe_step::goodbye;
    else if (memory_.proved == era::legacy)
        step_ = probe_step::ping;
    else if (memory_.proved == era::modern || options_.routes_modern)
        step_ = probe_step::discover;
}

// ---- the stream

probe_action probe_machine::start(steady_time now, steady_time deadline) {
    started_ = now;
    deadline_ = deadline;
    if (kind_ == probe_kind::goodbye && memory_.session_id.empty())
        return finish({}, now);
    return plain(kind::resolve);
}

probe_action probe_machine::resolved(std::vector<std::string> addresses, steady_time now) {
    addresses_ = std::move(addresses);
    if (addresses_.empty()) {
        evidence none;
        none.what = finding::unresolved;
        none.where = stage::resolve;
        none.detail = "no addresses";
        return finish(std::move(none), now);
    }
    return connect_next(now);
}

// Each address gets its share of the time that is left, so that a dead first address does not use it up.
probe_action probe_machine::connect_next(steady_time now) {
    const auto left = static_cast<long>(addresses_.size() - next_address_);
    peer_ = addresses_[next_address_++];
    probe_action act = connect_again();
    act.until = now + std::max(deadline_ - now, steady_time::duration{}) / left;
    return act;
}

probe_action probe_machine::connect_again() {
    sent_on_stream_ = 0;
    probe_action act = plain(kind::connect);
    act.peer = peer_;
    return act;
}

probe_action probe_machine::plain(kind kind) {
    doing_ = kind;
    probe_action act;
    act.what = kind;
    act.until = deadline_;
    return act;
}

probe_action probe_machine::done(steady_time now) {
    switch (doing_) {
    case kind::connect:
        next_address_ = addresses_.size(); // this one works: a later stream of this probe goes there, too
        if (options_.tls)
            return plain(kind::handshake);
        return ask(step_, now);
    case kind::handshake:
        return ask(step_, now);
    case kind::send:
        something_read_ = false;
        events_ = 0;
        return plain(kind::read);
    case kind::drain:
        return ask(step_, now);
    case kind::resolve:
    case kind::read:
    case kind::finish:
        break;
    }
    return plain(kind::finish);
}

probe_action probe_machine::failed(const evidence& problem, steady_time now) {
    if (doing_ == kind::connect && next_address_ < addresses_.size())
        return connect_next(now);
    if (doing_ == kind::drain)
        return connect_again();
    // A server may close an idle stream just as the next request goes out; that is no fault. Once, on a new
    // stream.
    const bool stale = (doing_ == kind::send || doing_ == kind::read) && sent_on_stream_ > 0 &&
                       !something_read_ && !resent_ && problem.what == finding::reset;
    if (stale) {
        resent_ = true;
        return connect_again();
    }
    evidence observed = problem;
    observed.where = stage_of(doing_);
    if (observed.where == stage::exchange)
        observed.method = method_of(step_);
    return finish(std::move(observed), now);
}

probe_action probe_machine::expired(steady_time now) {
    evidence late;
    late.what = finding::timeout;
    if (now < deadline_ && (doing_ == kind::connect || doing_ == kind::drain))
        return failed(late, now);
    late.where = stage_of(doing_);
    if (late.where == stage::exchange)
        late.method = method_of(step_);
    return finish(std::move(late), now);
}

probe_action probe_machine::cancelled(steady_time now) {
    evidence gone;
    gone.what = finding::cancelled;
    gone.where = stage_of(doing_);
    return finish(std::move(gone), now);
}

// ---- requests

probe_action probe_machine::ask(probe_step step, steady_time now) {
    if (now >= deadline_)
        return expired(now);
    step_ = step;
    initialize_asked_ = initialize_asked_ || step == probe_step::initialize;
    discover_asked_ = discover_asked_ || step == probe_step::discover;
    id_ = memory_.next_id;
    if (step != probe_step::initialized && step != probe_step::goodbye)
        ++memory_.next_id;
    return send();
}

probe_action probe_machine::send() {
    probe_action act = plain(kind::send);
    act.request = make_request(step_, id_, memory_.session_id, memory_.protocol_version,
                               options_.client_version, offered_);
    act.request.target = memory_.target;
    return act;
}

// The next request of the same probe, on the same stream where the answer before it allows that.
probe_action probe_machine::next_request(probe_step step, const probe_answer& after, steady_time now) {
    redirected_ = redirected_ && step == step_;
    step_ = step;
    resent_ = false;
    ++sent_on_stream_;
    if (!after.keep_alive || after.truncated)
        return connect_again();
    if (!after.more)
        return ask(step, now);
    probe_action act = plain(kind::drain);
    act.until = std::min(deadline_, now + drain_time);
    return act;
}

} // namespace health
