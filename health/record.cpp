// The rules by which evidence changes a backend's state.
#include "health/record.hpp"

#include <algorithm>
#include <utility>

namespace health {
namespace {

// One event at the backend breaks all calls that are in flight; together they are one failure.
constexpr milliseconds burst{100};
constexpr milliseconds asking_pause{1'000};
constexpr microseconds failed_sample{-1};
constexpr const char* but_probes = "; probes are answered";

bool is_routable(state value) {
    return value == state::healthy || value == state::degraded;
}

// The backend had been reached when it failed.
bool had_connection(const evidence& evidence) {
    return evidence.where == stage::exchange && evidence.what != finding::refused &&
           evidence.what != finding::unreachable && evidence.what != finding::unresolved &&
           evidence.what != finding::tls;
}

unsigned amount_told(const evidence& evidence) {
    return (evidence.peer.empty() ? 0U : 1U) + (evidence.status == 0 ? 0U : 1U) +
           (evidence.method.empty() ? 0U : 1U) +
           (evidence.excerpt.empty() && evidence.detail.empty() ? 0U : 1U);
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

milliseconds usual_latency(const std::vector<microseconds>& samples) noexcept {
    const auto last =
        std::find_if(samples.rbegin(), samples.rend(), [](auto one) { return one.count() >= 0; });
    return last == samples.rend() ? milliseconds(0) : std::chrono::ceil<milliseconds>(*last);
}

bool takes_calls(state value) noexcept {
    return value != state::unhealthy;
}

record::record(std::string url, record_settings settings, const moment& now)
    : url_(std::move(url))
    , settings_(settings) {
    status_.last_transition = now;
}

change record::on_probe(const evidence& evidence, std::string_view revision, steady_time began,
                        const moment& now) {
    if (evidence.what == finding::cancelled)
        return {};
    if (evidence.what == finding::no_resources || evidence.what == finding::starting) {
        on_no_verdict(evidence, now);
        return {};
    }
    ++status_.checks;
    status_.last_check = now;
    if (!revision.empty())
        status_.revision = revision;
    if (evidence.what == finding::success) {
        sample(evidence.latency);
        return probe_succeeded(evidence, now);
    }
    change made = failed(evidence, source::probe, began, now);
    if (!made.stale)
        sample(failed_sample);
    return made;
}

void record::on_no_verdict(const evidence& evidence, const moment& now) {
    ++status_.checks;
    status_.last_check = now;
    if (status_.now == state::unknown)
        status_.reason = told(evidence) + " so far";
}

change record::on_call(const evidence& evidence, steady_time began, const moment& now) {
    switch (verdict_of(evidence)) {
    case verdict::neither:
        return {};
    case verdict::works:
        break;
    case verdict::fails:
        return call_failed(evidence, began, now);
    }
    if (evidence.what == finding::auth_needed)
        return call_refused(evidence, now);
    if (evidence.status == 429)
        return call_throttled(evidence, now);
    if (evidence.what == finding::http_status)
        return ask(now);
    return call_succeeded(evidence, began, now);
}

bool record::doubted(const evidence& evidence, const moment& now) const {
    if (doubt_ == doubt::none || probes_failed_)
        return false;
    if (doubt_ == doubt::refused && evidence.method == "ping")
        return true;
    return now.at - doubted_at_ < doubt_time;
}

change record::probe_succeeded(const evidence& evidence, const moment& now) {
    last_success_ = now.at;
    if (doubted(evidence, now)) {
        probed_ = true;
        status_.consecutive_failures = std::min(status_.consecutive_failures, threshold() - 1);
        if (is_routable(status_.now) || doubt_ == doubt::refused)
            return {};
        return move_to(state::degraded, status_.reason + but_probes, now);
    }
    const bool slow = evidence.latency > settings_.slow;
    std::string reason = told(evidence);
    if (slow)
        reason += ", which is slow";
    return settle(slow ? state::degraded : state::healthy, std::move(reason), now);
}

change record::call_succeeded(const evidence& evidence, steady_time began, const moment& now) {
    if (last_failure_ && began < *last_failure_)
        return ask(now);
    status_.last_check = now;
    last_success_ = now.at;
    // It may have carried its caller's credentials.
    if (status_.now == state::unauthenticated && doubt_ != doubt::refused) {
        status_.consecutive_failures = 0;
        return {};
    }
    refusals_ = 0;
    // Its duration is that of the tool, and one that a throttled backend let through says little.
    if (doubt_ == doubt::throttled || (status_.now == state::degraded && doubt_ == doubt::none)) {
        status_.consecutive_failures = 0;
        return {};
    }
    return settle(state::healthy, told(evidence), now);
}

// All is well, as far as is known.
change record::settle(state next, std::string reason, const moment& now) {
    const bool proved = std::exchange(probes_failed_, false);
    // A ping between two calls that are refused makes them no less a row.
    if (doubt_ == doubt::refused || !is_routable(status_.now))
        refusals_ = 0;
    doubt_ = doubt::none;
    probed_ = false;
    told_ = 0;
    status_.consecutive_failures = 0;
    status_.category.clear();
    status_.credentials_refused = false;
    change made = move_to(next, std::move(reason), now);
    made.proved = made.recovered && proved;
    return made;
}

change record::call_failed(const evidence& evidence, steady_time began, const moment& now) {
    if (status_.now == state::unknown) {
        change nothing;
        nothing.want_probe = true;
        return nothing;
    }
    if (last_failure_ && now.at - *last_failure_ < burst)
        return {};
    const bool reached = had_connection(evidence);
    const bool stale = last_success_ && began < *last_success_;
    if (reached && !stale && doubt_ == doubt::failing && probed_ && is_routable(status_.now))
        return doubt_goes_on(evidence, now);
    change made = failed(evidence, source::call, began, now);
    if (made.stale)
        return made;
    made.want_probe = true;
    status_.last_check = now;
    probed_ = probed_ && reached && doubt_ == doubt::failing;
    doubt_ = reached ? doubt::failing : doubt::none;
    doubted_at_ = now.at;
    return made;
}

// A call failed, and probes have succeeded since the first one did.
change record::doubt_goes_on(const evidence& evidence, const moment& now) {
    doubted_at_ = now.at;
    last_failure_ = now.at;
    status_.last_check = now;
    status_.category = category_of(evidence);
    explain(evidence);
    status_.reason += but_probes;
    if (++status_.consecutive_failures < threshold())
        return {};
    status_.consecutive_failures = threshold() - 1;
    return move_to(state::degraded, status_.reason, now);
}

change record::call_refused(const evidence& evidence, const moment& now) {
    change made = ask(now);
    if (!evidence.credentials_sent || (last_refusal_ && now.at - *last_refusal_ < burst))
        return made;
    last_refusal_ = now.at;
    ++refusals_;
    if (status_.now == state::unauthenticated && doubt_ == doubt::refused)
        doubted_at_ = now.at;
    if (!is_routable(status_.now) || refusals_ < threshold())
        return made;
    doubt_ = doubt::refused;
    doubted_at_ = now.at;
    status_.category = category_of(evidence);
    status_.credentials_refused = true;
    told_ = amount_told(evidence);
    const bool asked = made.want_probe;
    made = move_to(state::unauthenticated, told(evidence), now);
    made.want_probe = asked;
    return made;
}

change record::call_throttled(const evidence& evidence, const moment& now) {
    if (!is_routable(status_.now))
        return ask(now);
    if (doubt_ == doubt::none || doubt_ == doubt::throttled) {
        doubt_ = doubt::throttled;
        doubted_at_ = now.at;
        status_.category = category_of(evidence);
    }
    return move_to(state::degraded, told(evidence), now);
}

// What a call met proves little, but a probe can judge it. Not more often than once a second: there may be many
// such calls.
change record::ask(const moment& now) {
    change made;
    made.want_probe = !last_asked_ || now.at - *last_asked_ >= asking_pause;
    if (made.want_probe)
        last_asked_ = now.at;
    return made;
}

change record::failed(const evidence& evidence, source from, steady_time began, const moment& now) {
    if (last_success_ && began < *last_success_) {
        change old;
        old.stale = true;
        return old;
    }
    last_failure_ = now.at;
    probes_failed_ = probes_failed_ || from == source::probe;
    const bool throttled = evidence.what == finding::http_status && evidence.status == 429;
    if (throttled && is_routable(status_.now))
        return move_to(state::degraded, told(evidence), now);

    const bool auth = evidence.what == finding::auth_needed || evidence.what == finding::no_credential;
    const bool same_kind = status_.consecutive_failures > 0 && status_.category == category_of(evidence);
    ++status_.consecutive_failures;
    status_.category = category_of(evidence);
    // A probe explains more than a call that failed the same way: its explanation stays.
    if (from == source::probe || !same_kind || amount_told(evidence) >= told_)
        explain(evidence);
    if (is_routable(status_.now) && status_.consecutive_failures < threshold())
        return {};
    status_.credentials_refused = auth && evidence.credentials_sent;
    return move_to(auth ? state::unauthenticated : state::unhealthy, status_.reason, now);
}

// The words about `evidence`; those without the peer's own stand in status_.brief from now on.
std::string record::told(const evidence& evidence) {
    status_.brief = describe(evidence, url_, wording::ours);
    return describe(evidence, url_);
}

void record::explain(const evidence& evidence) {
    told_ = amount_told(evidence);
    status_.reason = told(evidence);
}

unsigned record::threshold() const noexcept {
    return std::max(settings_.unhealthy_threshold, 1U);
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
    const bool quiet = status_.consecutive_failures == 0 && doubt_ != doubt::failing;
    return routable() && quiet ? standing::settled : standing::failing;
}

record_status record::status() const {
    record_status copy = status_;
    copy.undisputed = status_.now == state::healthy && status_.consecutive_failures == 0 &&
                      doubt_ == doubt::none && refusals_ == 0;
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
