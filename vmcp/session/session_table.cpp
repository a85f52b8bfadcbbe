#include "vmcp/session/session_table.hpp"

#include "vmcp/base/fair_share.hpp"

#include <fmt/format.h>

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

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

namespace {

failure full_of(std::string_view whose, std::string_view key) {
    return fail(errc::too_many_requests,
                fmt::format("all sessions that {} may have are in use ({})", whose, key));
}

} // namespace

std::size_t session_table::limits::of_address() const noexcept {
    return max_per_address != 0 ? max_per_address : usual_share(max_sessions);
}

result<std::shared_ptr<live_session>> session_table::add(session_record from, steady_clock::time_point now) {
    const auto network = from.network;
    auto made = std::make_shared<live_session>(std::move(from), question_limits());
    made->last_used.store(millis_of(now), std::memory_order_relaxed);
    std::vector<std::shared_ptr<live_session>> evicted;
    std::optional<failure> refused;
    {
        const std::lock_guard lock(mutex_);
        if (const auto there = by_id_.find(made->id()); there != by_id_.end()) {
            there->second.session->last_used.store(millis_of(now), std::memory_order_relaxed);
            session_group::touch(there->second, false);
            return there->second.session;
        }
        const auto caller = made->who() == identity{} ? std::string() : key_of(made->who());
        refused = make_room_locked(network, caller, evicted);
        if (!refused) {
            auto& entry = by_id_[made->id()];
            entry = {.session = made,
                     .groups = {&all_, network == 0 ? nullptr : &by_network_[network],
                                caller.empty() ? nullptr : &by_caller_[caller]},
                     .network = network};
            session_group::join(entry);
        }
        size_.store(by_id_.size(), std::memory_order_relaxed);
    }
    for (const auto& victim : evicted)
        close_ended(victim, session_end::evicted);
    if (refused)
        return *refused;
    return made;
}

// Makes room among those of the same address, of the same caller, and among all: those never used go first, and of these
// those of the newcomer's own address, so that whoever opens many loses its own.
std::optional<failure> session_table::make_room_locked(std::uint64_t network, const std::string& caller,
                                                       std::vector<std::shared_ptr<live_session>>& evicted) {
    const auto evict = [&](session_entry* victim) {
        if (victim == nullptr)
            return false;
        evicted.push_back(victim->session);
        unlink_locked(victim->session->id());
        return true;
    };
    const auto oldest = [](const session_group& group) {
        auto* const unused = group.oldest_unused();
        return unused != nullptr ? unused : group.oldest_used();
    };
    const auto neighbours = [&] {
        const auto found = by_network_.find(network);
        return found == by_network_.end() ? nullptr : &found->second;
    };
    const auto own = [&] {
        const auto found = by_caller_.find(caller);
        return found == by_caller_.end() ? nullptr : &found->second;
    };
    while (neighbours() != nullptr && neighbours()->size() >= limits_.of_address())
        if (!evict(oldest(*neighbours())))
            return full_of("one address", "sessions.maxPerAddress");
    while (own() != nullptr && own()->size() >= limits_.max_per_caller)
        if (!evict(oldest(*own())))
            return full_of("one caller", "sessions.maxPerCaller");
    while (by_id_.size() >= limits_.max_sessions) {
        auto* const near = neighbours() != nullptr ? neighbours()->oldest_unused() : nullptr;
        if (!evict(near != nullptr ? near : oldest(all_)))
            return fail(errc::too_many_sessions);
    }
    return std::nullopt;
}

void session_table::unlink_locked(const std::string& id) {
    const auto it = by_id_.find(id);
    const auto [gone, groups, places, network, used] = it->second; // the key is a view of its id
    session_group::leave(it->second);
    by_id_.erase(it);
    if (groups[1] != nullptr && groups[1]->size() == 0)
        by_network_.erase(network);
    if (groups[2] != nullptr && groups[2]->size() == 0)
        by_caller_.erase(key_of(gone->who()));
    size_.store(by_id_.size(), std::memory_order_relaxed);
}

std::shared_ptr<live_session> session_table::find(std::string_view id, const identity& who,
                                                  steady_clock::time_point now, touch_by cause) {
    if (!is_session_id(id))
        return nullptr;
    const std::lock_guard lock(mutex_);
    const auto it = by_id_.find(id);
    if (it == by_id_.end())
        return nullptr;
    auto found = it->second.session;
    if (found->who() != who)
        return nullptr;
    const auto stamp = millis_of(now);
    const auto last = found->last_used.load(std::memory_order_relaxed);
    // Expired, although the sweep has not come by yet.
    if (stamp - last > limits_.ttl.count() && !found->busy())
        return nullptr;
    found->last_used.store(stamp, std::memory_order_relaxed);
    session_group::touch(it->second, cause == touch_by::request);
    return found;
}

bool session_table::end(const std::shared_ptr<live_session>& session, session_end why) {
    {
        const std::lock_guard lock(mutex_);
        if (!by_id_.contains(session->id()))
            return false;
        unlink_locked(session->id());
    }
    close_ended(session, why);
    return true;
}

void session_table::close_ended(const std::shared_ptr<live_session>& session, session_end why) {
    ++ended_[static_cast<std::size_t>(why)];
    if (told_)
        told_(*session, why);
    session->close();
}

void session_table::sweep(steady_clock::time_point now) {
    const auto stamp = millis_of(now);
    std::vector<std::shared_ptr<live_session>> expired;
    {
        const std::lock_guard lock(mutex_);
        all_.while_true([&](const session_entry& entry) {
            const auto idle = stamp - entry.session->last_used.load(std::memory_order_relaxed);
            if (idle <= limits_.ttl.count())
                return false; // the rest was used later
            if (!entry.session->busy())
                expired.push_back(entry.session);
            return true;
        });
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

void session_table::for_each(const std::function<void(const std::shared_ptr<live_session>&)>& visit) const {
    std::vector<std::shared_ptr<live_session>> all;
    {
        const std::lock_guard lock(mutex_);
        all.reserve(by_id_.size());
        all_.for_each([&](const session_entry& entry) { all.push_back(entry.session); });
    }
    for (const auto& session : all)
        visit(session);
}

live_session::question_limits session_table::question_limits() {
    const std::lock_guard lock(mutex_);
    auto out = limits_.questions;
    if (replica_ != 0)
        out.ids = id_block::of(replica_, made_++);
    return out;
}

std::chrono::milliseconds session_table::ttl() const {
    const std::lock_guard lock(mutex_);
    return limits_.ttl;
}

void session_table::set_limits(limits bounds) {
    const std::lock_guard lock(mutex_);
    limits_ = bounds;
}

} // namespace vmcp
