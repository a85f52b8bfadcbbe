#include "bench/load_run.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace bench {

namespace net = boost::asio;

namespace {

constexpr auto tick_length = std::chrono::milliseconds{50};
constexpr auto retry_delay = std::chrono::milliseconds{20};

template <class Duration>
clock::duration ticks(Duration d) {
    return std::chrono::duration_cast<clock::duration>(d);
}

} // namespace

load_run::load_run(net::io_context& context, const load_options& options)
    : context_{context}
    , options_{options}
    , writer_{options}
    , ticker_{context}
    , pacer_{context}
    , end_{context} {
    const net::ip::tcp::endpoint peer{net::ip::make_address(options_.host), options_.port};
    slots_.resize(options_.connections);
    for (std::size_t i = 0; i < slots_.size(); ++i)
        slots_[i].connection = std::make_unique<load_connection>(context_, peer, *this, i);
}

load_result load_run::run() {
    tick();
    open_more();
    context_.run();
    result_.connections = ready_;
    return std::move(result_);
}

clock::time_point load_run::deadline() const {
    return clock::now() + ticks(options_.timeout);
}

bool load_run::needs_handshake() const {
    return !options_.raw && options_.work != work_kind::initialize && options_.work != work_kind::sessions;
}

void load_run::becomes_idle(slot& s, clock::time_point now) {
    s.now = phase::idle;
    if (options_.work == work_kind::connections)
        return checking_ ? check_more() : void();
    if (options_.work == work_kind::sessions) {
        if (sessions_begun_ == options_.count)
            return stop_when_drained();
        ++sessions_begun_;
        s.step = 0;
        return issue(s, now, now);
    }
    if (!open_loop())
        return now < measure_until_ ? issue(s, now, now) : void();
    if (is_due(now))
        return issue(s, due_time(next_index_++), now);
    idle_.push_back(s.connection->index());
    if (next_index_ == last_index_)
        return stop_when_drained();
    if (idle_.size() == 1)
        pace();
}

void load_run::issue(slot& s, clock::time_point intended, clock::time_point now) {
    ++working_;
    s.now = phase::working;
    s.intended = intended;
    s.variant = next_variant_;
    next_variant_ = next_variant_ + 1 == writer_.variants() ? 0 : next_variant_ + 1;
    if (options_.work == work_kind::initialize || options_.work == work_kind::sessions)
        writer_.initialize(s.connection->outgoing(), ++s.id);
    else
        writer_.work(s.connection->outgoing(), s.head, ++s.id, s.variant);
    s.connection->send(now + ticks(options_.timeout));
}

void load_run::worked(slot& s, const load_reply& reply) {
    if (options_.work == work_kind::sessions)
        return session_step(s, reply);
    const auto now = clock::now();
    --working_;
    if (is_right(s, reply))
        record(s, reply, now);
    if (reply.status == 404 && needs_handshake() && options_.work != work_kind::connections)
        return shake_hands(s); // the session is gone
    becomes_idle(s, now);
}

// One session: initialize, notifications/initialized and, if wanted, one call.
void load_run::session_step(slot& s, const load_reply& reply) {
    const bool last = s.step == (options_.touch ? 2u : 1u);
    const bool right = s.step == 1 ? reply.status == 202 : is_right(s, reply);
    if (s.step == 1 && !right)
        count_error(fmt::format("http_{}", reply.status), std::string{reply.body.substr(0, 300)});
    if (last || !right) {
        const auto now = clock::now();
        --working_;
        if (right) {
            record(s, reply, now);
            ++result_.sessions;
        }
        return becomes_idle(s, now);
    }
    if (s.step++ == 0) {
        s.head = writer_.head(reply.session_id);
        writer_.initialized(s.connection->outgoing(), s.head);
    } else {
        writer_.work(s.connection->outgoing(), s.head, ++s.id, s.variant);
    }
    s.connection->send(deadline());
}

bool load_run::is_right(slot& s, const load_reply& reply) {
    const auto sample = [&] { return std::string{reply.body.substr(0, 300)}; };
    if (reply.status != 200) {
        count_error(fmt::format("http_{}", reply.status), sample());
        return false;
    }
    const auto judged =
        reply.event_stream ? judge_event_stream(reply.body, s.id, options_.progress)
        : options_.progress > 0
            ? verdict::progress_missing
            : judge_reply(reply.body, s.id, reply.body.size() == reply.body_size && reply.body_size < 2048);
    if (judged != verdict::right) {
        count_error(to_string(judged), sample());
        return false;
    }
    const bool same_size = reply.event_stream || s.variant >= expected_size_.size() ||
                           s.now == phase::learning ||
                           reply.body_size - std::to_string(s.id).size() == expected_size_[s.variant];
    if (!same_size)
        count_error("wrong_size", sample());
    return same_size;
}

void load_run::record(const slot& s, const load_reply& reply, clock::time_point now) {
    const bool inside =
        open_loop() ? s.intended >= measure_from_ : now >= measure_from_ && now < measure_until_;
    if (!inside)
        return;
    result_.latency.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - s.intended).count()));
    result_.bytes += reply.body_size;
}

clock::time_point load_run::due_time(std::uint64_t index) const {
    return start_ + ticks(std::chrono::duration<double>{static_cast<double>(index) / options_.rate});
}

bool load_run::is_due(clock::time_point now) const {
    return next_index_ < last_index_ && due_time(next_index_) <= now;
}

// Gives due requests to idle connections; sleeps until the next one is due. While no connection is idle
// nothing has to be done: the next reply takes the oldest due request.
void load_run::pace() {
    const auto now = clock::now();
    while (!idle_.empty() && is_due(now)) {
        slot& s = slots_[idle_.front()];
        idle_.pop_front();
        issue(s, due_time(next_index_++), now);
    }
    if (idle_.empty() || next_index_ == last_index_)
        return;
    pacer_.expires_at(due_time(next_index_));
    pacer_.async_wait([this](boost::system::error_code ec) {
        if (!ec)
            pace();
    });
}

// Work connections, after the time of idleness: is every connection still good? Few at a time, because they
// share a session, and servers bound the requests in flight of one.
void load_run::check_more() {
    constexpr std::size_t checks_at_once = 64;
    while (next_to_check_ < slots_.size() && working_ < checks_at_once) {
        slot& s = slots_[next_to_check_++];
        if (s.now == phase::idle)
            issue(s, clock::now(), clock::now());
    }
    stop_when_drained();
}

void load_run::failed(load_connection& from, failure kind, const std::string& detail) {
    slot& s = slots_[from.index()];
    count_error(to_string(kind), detail);
    if (s.now == phase::working)
        --working_;
    if (!begun_ && ++opening_failures_ > 20 + slots_.size() / 10)
        throw std::runtime_error(fmt::format("cannot work with {}:{}: {}: {}", options_.host, options_.port,
                                             to_string(kind), detail));
    s.now = phase::closed;
    s.retry = clock::now() + retry_delay;
    if (checking_)
        return check_more();
    stop_when_drained();
}

// Looks after deadlines and after connections that wait to be opened again.
void load_run::tick() {
    const auto now = clock::now();
    for (slot& s : slots_) {
        s.connection->check_deadline(now);
        if (s.retry <= now)
            open(s);
    }
    ticker_.expires_after(tick_length);
    ticker_.async_wait([this](boost::system::error_code ec) {
        if (!ec)
            tick();
    });
}

void load_run::stop_when_drained() {
    if (!begun_ || working_ > 0)
        return;
    const bool all_given = options_.work == work_kind::sessions ? sessions_begun_ == options_.count
                           : options_.work == work_kind::connections
                               ? checking_ && next_to_check_ == slots_.size()
                               : open_loop() && next_index_ == last_index_;
    if (!all_given)
        return;
    if (options_.work == work_kind::sessions)
        result_.seconds = std::chrono::duration<double>(clock::now() - start_).count();
    context_.stop();
}

void load_run::count_error(const std::string& kind, const std::string& detail) {
    ++result_.errors[kind];
    if (result_.first_error.empty())
        result_.first_error = kind + ": " + detail;
}

} // namespace bench
