// The opening of a run: connections, handshakes, and a first look at what right answers are.
#include "bench/json_scan.hpp"
#include "bench/load_run.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::size_t connects_at_once = 128;

} // namespace

// Slot 0 goes first: it may open the session that the others share.
void load_run::open_more() {
    const std::size_t limit = ready_ == 0 ? 1 : connects_at_once;
    while (next_to_open_ < slots_.size() && opening_ < limit) {
        ++opening_;
        open(slots_[next_to_open_++]);
    }
}

void load_run::open(slot& s) {
    s.retry = clock::time_point::max();
    s.now = phase::connecting;
    s.connection->open(deadline());
}

void load_run::connected(load_connection& from) {
    slot& s = slots_[from.index()];
    if (s.head.empty() && !shared_head_.empty())
        s.head = shared_head_;
    if (s.head.empty() && needs_handshake())
        return shake_hands(s);
    if (s.head.empty())
        s.head = writer_.head({});
    ready(s);
}

void load_run::shake_hands(slot& s) {
    s.now = phase::initializing;
    s.head.clear();
    writer_.initialize(s.connection->outgoing(), ++s.id);
    s.connection->send(deadline());
}

void load_run::initialized(slot& s, const load_reply& reply) {
    if (reply.status != 200 || judge_reply(reply.body, s.id, false) != verdict::right)
        throw std::runtime_error(fmt::format("initialize failed with HTTP status {}: {}", reply.status,
                                             reply.body.substr(0, 300)));
    s.head = writer_.head(reply.session_id);
    if (options_.work == work_kind::connections)
        shared_head_ = s.head;
    s.now = phase::acknowledging;
    writer_.initialized(s.connection->outgoing(), s.head);
    s.connection->send(deadline());
}

void load_run::replied(load_connection& from, const load_reply& reply) {
    slot& s = slots_[from.index()];
    ++result_.replies;
    switch (s.now) {
    case phase::initializing:
        return initialized(s, reply);
    case phase::acknowledging:
        if (reply.status != 202)
            throw std::runtime_error(
                fmt::format("notifications/initialized was answered with HTTP status {}: {}", reply.status,
                            reply.body.substr(0, 300)));
        return ready(s);
    case phase::learning:
        return learned(s, reply);
    case phase::working:
        return worked(s, reply);
    case phase::closed:
    case phase::connecting:
    case phase::idle:
        throw std::logic_error("a reply without a request");
    }
}

void load_run::ready(slot& s) {
    if (begun_) // opened again after a failure
        return becomes_idle(s, clock::now());
    const bool learns = options_.work != work_kind::sessions && options_.work != work_kind::initialize;
    if (!knows_server_ && learns)
        return learn(s);
    knows_server_ = true;
    s.now = phase::idle;
    ++ready_;
    --opening_;
    if (ready_ == slots_.size())
        return begin();
    open_more();
}

// One request of each variant, read in full.
void load_run::learn(slot& s) {
    s.now = phase::learning;
    s.variant = expected_size_.size();
    s.connection->keep_whole_body(true);
    writer_.work(s.connection->outgoing(), s.head, ++s.id, s.variant);
    s.connection->send(deadline());
}

void load_run::learned(slot& s, const load_reply& reply) {
    if (!is_right(s, reply))
        throw std::runtime_error("the first answer is wrong: " + result_.first_error);
    if (!reply.event_stream && judge_reply(reply.body, s.id, true) != verdict::right)
        throw std::runtime_error(fmt::format("the first call failed: {}", reply.body.substr(0, 300)));
    expected_size_.push_back(reply.body_size - std::to_string(s.id).size());
    if (options_.work == work_kind::list) {
        const auto result = find_member(reply.body, "result");
        result_.tools += count_elements(find_member(result, "tools"));
        ++result_.pages;
        if (const auto cursor = find_member(result, "nextCursor"); cursor.starts_with('"'))
            writer_.add_page(cursor);
    }
    knows_server_ = expected_size_.size() == writer_.variants();
    s.connection->keep_whole_body(false);
    ready(s);
}

void load_run::begin() {
    begun_ = true;
    start_ = clock::now();
    const auto ticks = [](auto d) { return std::chrono::duration_cast<clock::duration>(d); };
    const auto after = [this](clock::time_point when, auto action) {
        end_.expires_at(when);
        end_.async_wait([action](boost::system::error_code ec) {
            if (!ec)
                action();
        });
    };
    result_.seconds = options_.duration.count();
    if (options_.work == work_kind::connections) {
        fmt::print("{{\"holding\":{}}}\n", ready_);
        std::fflush(stdout);
        return after(start_ + ticks(options_.duration), [this] {
            checking_ = true;
            measure_from_ = clock::time_point::min();
            check_more();
        });
    }
    measure_from_ = options_.work == work_kind::sessions ? start_ : start_ + ticks(options_.warm_up);
    if (options_.work != work_kind::sessions)
        measure_until_ = measure_from_ + ticks(options_.duration);
    if (open_loop()) {
        const auto total = (options_.warm_up + options_.duration).count() * options_.rate;
        last_index_ = static_cast<std::uint64_t>(total);
        // What is due but slow may still come: the tail is what an open loop is for.
        after(measure_until_ + ticks(options_.timeout), [this] {
            result_.unanswered = last_index_ - next_index_ + working_;
            context_.stop();
        });
    } else if (options_.work != work_kind::sessions) {
        after(measure_until_, [this] { context_.stop(); });
    }
    for (slot& s : slots_)
        becomes_idle(s, clock::now());
}

} // namespace bench
