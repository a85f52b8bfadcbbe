#include "vmcp/session/session_table.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace vmcp {
namespace {

std::int64_t millis_of(steady_clock::time_point t) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

} // namespace

std::string random_session_id() {
    std::array<unsigned char, 16> bytes;
    std::size_t got = 0;
    while (got < bytes.size()) {
        const auto n = ::getrandom(bytes.data() + got, bytes.size() - got, 0);
        if (n < 0 && errno != EINTR)
            throw std::runtime_error("the system's random generator failed");
        got += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    constexpr char hex[] = "0123456789abcdef";
    std::string out;
    out.reserve(32);
    for (const auto b : bytes) {
        out.push_back(hex[b >> 4]);
        out.push_back(hex[b & 0xF]);
    }
    return out;
}

bool is_session_id(std::string_view text) noexcept {
    return text.size() == 32 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

result<std::shared_ptr<live_session>> session_table::add(session_record from, steady_clock::time_point now) {
    auto made = std::make_shared<live_session>(std::move(from));
    made->last_used.store(millis_of(now), std::memory_order_relaxed);
    std::vector<std::shared_ptr<live_session>> evicted;
    bool added = false;
    {
        const std::lock_guard lock(mutex_);
        while (by_id_.size() >= limits_.max_sessions) {
            auto victim = victim_locked();
            if (!victim)
                break;
            unlink_locked(victim->id());
            evicted.push_back(std::move(victim));
        }
        added = by_id_.size() < limits_.max_sessions;
        if (added) {
            order_.push_front(made);
            by_id_.emplace(made->id(), order_.begin());
            size_.store(by_id_.size(), std::memory_order_relaxed);
        }
    }
    for (const auto& victim : evicted) {
        ++ended_[static_cast<std::size_t>(session_end::evicted)];
        victim->close();
    }
    if (!added)
        return fail(errc::too_many_sessions);
    return made;
}

// The least recently used session that is not in use, looked for among the last few only: a scan must not
// stall others.
std::shared_ptr<live_session> session_table::victim_locked() {
    constexpr int depth = 64;
    int looked = 0;
    for (auto it = order_.rbegin(); it != order_.rend() && looked < depth; ++it, ++looked)
        if (!(*it)->busy())
            return *it;
    return nullptr;
}

void session_table::unlink_locked(const std::string& id) {
    const auto it = by_id_.find(id);
    const auto place = it->second;
    by_id_.erase(it);
    order_.erase(place);
    size_.store(by_id_.size(), std::memory_order_relaxed);
}

std::shared_ptr<live_session> session_table::find(std::string_view id, const identity& who,
                                                  steady_clock::time_point now) {
    if (!is_session_id(id))
        return nullptr;
    const std::lock_guard lock(mutex_);
    const auto it = by_id_.find(id);
    if (it == by_id_.end())
        return nullptr;
    auto found = *it->second;
    if (found->who() != who)
        return nullptr;
    const auto stamp = millis_of(now);
    const auto last = found->last_used.load(std::memory_order_relaxed);
    // Expired, although the sweep has not come by yet.
    if (stamp - last > limits_.ttl.count() && !found->busy())
        return nullptr;
    found->last_used.store(stamp, std::memory_order_relaxed);
    order_.splice(order_.begin(), order_, it->second);
    return found;
}

bool session_table::end(const std::shared_ptr<live_session>& session, session_end why) {
    {
        const std::lock_guard lock(mutex_);
        if (!by_id_.contains(session->id()))
            return false;
        unlink_locked(session->id());
    }
    ++ended_[static_cast<std::size_t>(why)];
    session->close();
    return true;
}

void session_table::sweep(steady_clock::time_point now) {
    const auto stamp = millis_of(now);
    std::vector<std::shared_ptr<live_session>> expired;
    {
        const std::lock_guard lock(mutex_);
        for (auto it = order_.rbegin(); it != order_.rend(); ++it) {
            const auto idle = stamp - (*it)->last_used.load(std::memory_order_relaxed);
            if (idle <= limits_.ttl.count())
                break; // the rest was used later
            if (!(*it)->busy())
                expired.push_back(*it);
        }
    }
    for (const auto& session : expired)
        end(session, session_end::expired);
}

void session_table::clear() {
    std::vector<std::shared_ptr<live_session>> all;
    for_each([&](const auto& session) { all.push_back(session); });
    for (const auto& session : all)
        end(session, session_end::shutdown);
}

void session_table::for_each(const std::function<void(const std::shared_ptr<live_session>&)>& what) const {
    std::vector<std::shared_ptr<live_session>> all;
    {
        const std::lock_guard lock(mutex_);
        all.assign(order_.begin(), order_.end());
    }
    for (const auto& session : all)
        what(session);
}

void session_table::set_limits(limits bounds) {
    const std::lock_guard lock(mutex_);
    limits_ = bounds;
}

} // namespace vmcp
