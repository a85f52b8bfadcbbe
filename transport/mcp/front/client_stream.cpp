#include "transport/mcp/front/client_stream.hpp"

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::memory_class;
using vmcp::steady_clock;

client_stream::client_stream(std::uint64_t number, event_log::limits limits, vmcp::memory_ledger* memory,
                             purpose what_for)
    : limits_(limits)
    , what_for_(what_for)
    , log_(number, limits)
    , replay_memory_(memory, memory_class::replay)
    , unread_memory_(memory, memory_class::notifications) {
}

void client_stream::send(std::string message) {
    if (auto* memory = unread_memory_.ledger())
        memory->make_room(message.size() + event_cost);
    {
        const std::lock_guard lock(mutex_);
        if (finished_)
            return;
        unread_bytes_ += message.size();
        unread_.push_back(std::move(message));
        forget_unread();
        // A call is held up by what waits (room()), and its response was let in by its size.
        while (!unread_memory_.try_cover(unread_cost())) {
            if (what_for_ == purpose::call) {
                unread_memory_.cover_anyway(unread_cost());
                break;
            }
            forget_first_unread();
        }
    }
    changed_.notify_all();
}

void client_stream::ask(std::uint64_t id, const vmcp::message& request) {
    send(vmcp::question_message(id, request));
}

void client_stream::withdraw(std::uint64_t id, std::string_view reason) {
    send(vmcp::cancelled_message(std::to_string(id), reason));
}

void client_stream::lists_changed(unsigned kinds) {
    for (auto& message : vmcp::list_changed_messages(kinds))
        send(std::move(message));
}

// Without a reader only as much is kept as could be replayed; the oldest goes first. The log counts what it
// forgets.
void client_stream::forget_unread() {
    while (unread_.size() > 1 && too_far_behind())
        forget_first_unread();
    unread_memory_.shrink_to(unread_cost());
}

bool client_stream::too_far_behind() const noexcept {
    if (reader_ == 0)
        return unread_.size() > limits_.max_events || unread_bytes_ > limits_.max_bytes;
    return what_for_ == purpose::general &&
           (unread_.size() > max_behind_events || unread_bytes_ > max_behind_bytes);
}

// It can be had again, if the log keeps it.
void client_stream::forget_first_unread() {
    unread_bytes_ -= unread_.front().size();
    if (reader_ != 0)
        if (auto* memory = unread_memory_.ledger())
            memory->count_dropped(memory_class::notifications);
    remember(std::move(unread_.front()));
    unread_.erase(unread_.begin());
}

// ---- what can be had again

void client_stream::remember(std::string data) {
    log_.append(std::move(data));
    fit_replay();
}

std::uint64_t client_stream::remember_copy(std::string_view data) {
    const auto sequence = log_.append_copy(data);
    fit_replay();
    return sequence;
}

// Where there is no room for all of it, the newest events are kept.
void client_stream::fit_replay() {
    const auto cost = [this] { return log_.bytes() + log_.size() * event_cost; };
    replay_memory_.shrink_to(cost());
    while (!replay_memory_.try_cover(cost())) {
        log_.forget_oldest();
        replay_memory_.ledger()->count_dropped(memory_class::replay);
    }
}

void client_stream::forget_replay() {
    while (log_.size() > 0)
        log_.forget_oldest();
    replay_memory_.release();
}

void client_stream::forget() {
    const std::lock_guard lock(mutex_);
    forget_replay();
    if (reader_ != 0)
        return;
    again_.clear();
    while (!unread_.empty())
        forget_first_unread();
    forget_replay();
    unread_memory_.release();
}

bool client_stream::listening() const {
    const std::lock_guard lock(mutex_);
    return reader_ != 0;
}

std::optional<steady_clock::time_point> client_stream::away_since() const {
    const std::lock_guard lock(mutex_);
    return reader_ != 0 ? std::nullopt : std::optional(left_);
}

void client_stream::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
        if (!done_since_)
            done_since_ = steady_clock::now();
    }
    changed_.notify_all();
    caught_up_.notify_all();
}

void client_stream::release() {
    {
        const std::lock_guard lock(mutex_);
        released_ = reader_ != 0;
    }
    changed_.notify_all();
}

bool client_stream::has_room() const {
    const std::lock_guard lock(mutex_);
    return reader_ == 0 || finished_ ||
           (unread_.size() < max_unread_events && unread_bytes_ < max_unread_bytes);
}

vmcp::awaitable<void> client_stream::room(vmcp::any_io_executor ex) {
    while (!has_room()) {
        auto ticket = caught_up_.take(ex);
        if (has_room())
            co_return;
        co_await ticket.wait();
    }
}

std::optional<std::uint64_t> client_stream::attach(std::optional<std::uint64_t> after) {
    std::uint64_t reader = 0;
    {
        const std::lock_guard lock(mutex_);
        again_.clear();
        if (after) {
            const auto kept = log_.after(*after);
            if (!kept)
                return std::nullopt;
            repeat_locked(*kept);
        }
        reader = attach_locked(after.value_or(log_.position().sequence));
    }
    changed_.notify_all();
    return reader;
}

std::uint64_t client_stream::attach_to_rest(std::uint64_t after) {
    std::uint64_t reader = 0;
    {
        const std::lock_guard lock(mutex_);
        again_.clear();
        const auto newest = log_.position().sequence;
        const auto first_kept = newest - log_.size(); // the place before it
        const auto begin = after > newest ? newest : std::max(after, first_kept);
        repeat_locked(*log_.after(begin));
        reader = attach_locked(begin);
    }
    changed_.notify_all();
    return reader;
}

std::uint64_t client_stream::attach_locked(std::uint64_t begin) {
    released_ = false;
    begin_ = begin;
    return reader_ = ++last_reader_;
}

void client_stream::repeat_locked(event_log::range events) {
    for (const auto& entry : events)
        again_.push_back({event_id({log_.stream(), entry.sequence}), entry.data});
}

void client_stream::detach(std::uint64_t reader) {
    {
        const std::lock_guard lock(mutex_);
        if (reader_ != reader)
            return;
        reader_ = 0;
        left_ = steady_clock::now();
        forget_unread();
    }
    caught_up_.notify_all();
}

std::vector<std::string> client_stream::take_unread() {
    const std::lock_guard lock(mutex_);
    if (reader_ != 0)
        return {};
    unread_bytes_ = 0;
    unread_memory_.release();
    return std::exchange(unread_, {});
}

client_stream::batch client_stream::take(std::uint64_t reader) {
    batch out;
    {
        const std::lock_guard lock(mutex_);
        if (reader_ != reader)
            return {.mine = false};
        out.held = vmcp::memory_claim(unread_memory_.ledger(), memory_class::notifications);
        std::size_t bytes = unread_cost();
        for (auto& event : again_) {
            bytes += event.data.size();
            out.events.push_back(std::move(event));
        }
        again_.clear();
        unread_memory_.release();
        out.held.cover_anyway(bytes);
        for (auto& data : unread_) {
            const auto sequence = remember_copy(data);
            out.events.push_back({event_id({log_.stream(), sequence}), std::move(data)});
        }
        unread_.clear();
        unread_bytes_ = 0;
        out.over = finished_ || std::exchange(released_, false);
    }
    caught_up_.notify_all();
    return out;
}

std::string client_stream::position() const {
    const std::lock_guard lock(mutex_);
    return event_id({log_.stream(), begin_});
}

std::optional<steady_clock::time_point> client_stream::done_since() const {
    const std::lock_guard lock(mutex_);
    return done_since_;
}

} // namespace transport
