// The rules by which evidence changes a backend's state.
#include "health/record.hpp"

#include <algorithm>
#include <utility>

namespace health {
namespace {

// One event at the backend breaks all calls that are in flight; together they are one failure.
constexpr milliseconds burst{100};
constexpr microseconds failed_sample{-1};

bool is_routable(state value) {
    return value == state::healthy || value == state::degraded;
}

} // namespace

std::string_view name_of(state value) noexcept {
    switch (value) {
    case state::unknown:
        return "unknown";
    case state::healthy:
        return "healthy";
    case state::degraded:
        return "degraded";
    case state::unhealthy:
        return "unhealthy";
    case state::unauthenticated:
        return "unauthenticated";
    }
    return "unknown";
}

bool takes_calls(state value) noexcept {
    return value != state::unhealthy;
}

record::record(std::string url, record_settings settings, const moment& now)
    : url_(std::move(url))
    , settings_(settings) {
    status_.last_transition = now;
}

change record::on_probe(const evidence& met, std::string_view revision, steady_time began,
                        const moment& now) {
    if (met.what == finding::cancelled)
        return {};
    ++status_.checks;
    status_.last_check = now;
    if (!revision.empty())
        status_.revision = revision;
    if (met.what == finding::success) {
        sample(met.latency);
        return succeeded(met, true, now);
    }
    change made = failed(met, began, now);
    if (!made.stale)
        sample(failed_sample);
    return made;
}

void record::on_no_verdict(const evidence& met, const moment& now) {
    ++status_.checks;
    status_.last_check = now;
    if (status_.now == state::unknown)
        status_.reason = describe(met, url_) + " so far";
}

change record::on_call(const evidence& met, steady_time began, const moment& now) {
    change nothing;
    switch (verdict_of(met)) {
    case verdict::neither:
        return nothing;
    case verdict::works:
        if (met.what == finding::auth_needed || met.status == 429) {
            nothing.want_probe = true;
            return nothing;
        }
        status_.last_check = now;
        return succeeded(met, false, now);
    case verdict::fails:
        break;
    }
    if (status_.now == state::unknown) {
        nothing.want_probe = true;
        return nothing;
    }
    if (last_failure_ && now.at - *last_failure_ < burst)
        return nothing;
    change made = failed(met, began, now);
    made.want_probe = !made.stale;
    if (!made.stale)
        status_.last_check = now;
    return made;
}

change record::succeeded(const evidence& met, bool probe, const moment& now) {
    last_success_ = now.at;
    status_.consecutive_failures = 0;
    // A live call may have carried its caller's credentials, and its duration is that of the tool.
    if (!probe && status_.now == state::unauthenticated)
        return {};
    status_.category.clear();
    status_.credentials_refused = false;
    if (!probe && status_.now == state::degraded)
        return {};
    const bool slow = probe && met.latency > settings_.slow;
    std::string reason = describe(met, url_);
    if (slow)
        reason += ", which is slow";
    return move_to(slow ? state::degraded : state::healthy, std::move(reason), now);
}

change record::failed(const evidence& met, steady_time began, const moment& now) {
    if (last_success_ && began < *last_success_) {
        change old;
        old.stale = true;
        return old;
    }
    last_failure_ = now.at;
    const bool throttled = met.what == finding::http_status && met.status == 429;
    if (throttled && is_routable(status_.now))
        return move_to(state::degraded, describe(met, url_), now);

    ++status_.consecutive_failures;
    status_.category = category_of(met);
    std::string reason = describe(met, url_);
    const bool auth = met.what == finding::auth_needed;
    if (is_routable(status_.now) &&
        status_.consecutive_failures < std::max(settings_.unhealthy_threshold, 1U)) {
        status_.reason = std::move(reason);
        return {};
    }
    status_.credentials_refused = auth && met.credentials_sent;
    return move_to(auth ? state::unauthenticated : state::unhealthy, std::move(reason), now);
}

change record::move_to(state next, std::string reason, const moment& now) {
    status_.reason = reason;
    change made;
    if (next == status_.now)
        return made;
    made.recovered = is_routable(next) && !is_routable(status_.now);
    made.lost = is_routable(status_.now) && !is_routable(next);
    made.moved = transition{status_.now, next, std::move(reason)};
    status_.now = next;
    status_.last_transition = now;
    ++status_.transitions;
    return made;
}

standing record::stands() const noexcept {
    if (status_.now == state::unauthenticated)
        return standing::locked_out;
    return routable() && status_.consecutive_failures == 0 ? standing::settled : standing::failing;
}

record_status record::status() const {
    record_status copy = status_;
    copy.latency.reserve(ring_size_);
    for (std::size_t i = 0; i < ring_size_; ++i)
        copy.latency.push_back(ring_[(ring_next_ + latency_samples - ring_size_ + i) % latency_samples]);
    return copy;
}

void record::sample(microseconds latency) noexcept {
    ring_[ring_next_] = latency;
    ring_next_ = (ring_next_ + 1) % latency_samples;
    ring_size_ = std::min(ring_size_ + 1, latency_samples);
}

} // namespace health
