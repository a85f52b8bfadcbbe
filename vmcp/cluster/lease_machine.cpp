#include "vmcp/cluster/lease_machine.hpp"

#include "vmcp/cluster/status_document.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool lease_machine::held(time now) const {
    return renewed_ && now < *renewed_ + settings_.deadline;
}

lease_machine::time lease_machine::ends() const {
    return renewed_ ? *renewed_ + settings_.deadline : time::max();
}

// What its holder promised; somebody who promises years, or nothing, is not waited for that long.
bool lease_machine::has_run_out(const lease_record& record, time now) const {
    constexpr seconds longest{60};
    const auto promised = std::clamp<milliseconds>(seconds(std::clamp(record.duration_seconds, 0, 3'600)),
                                                   settings_.duration, longest);
    return now >= seen_at_ + promised;
}

std::optional<lease_record> lease_machine::found(const std::optional<lease_record>& record,
                                                 const health::moment& now) {
    if (!record) {
        seen_.reset();
    } else if (!seen_ || *seen_ != *record) {
        seen_ = record;
        seen_at_ = now.at;
    }
    const bool ours = record && record->holder == settings_.holder;
    if (!ours)
        renewed_.reset();
    if (record && !ours && !record->holder.empty() && !has_run_out(*record, now.at)) {
        next_ = now.at + settings_.look;
        return std::nullopt;
    }
    lease_record out{.holder = settings_.holder,
                     .duration_seconds = static_cast<int>(duration_cast<seconds>(settings_.duration).count()),
                     .acquired = kubernetes_micro_time(now.wall),
                     .renewed = kubernetes_micro_time(now.wall)};
    if (record) {
        out.resource_version = record->resource_version;
        out.transitions = record->transitions + (ours ? 0 : 1);
        if (ours && !record->acquired.empty())
            out.acquired = record->acquired;
    }
    next_ = now.at + settings_.retry; // unless wrote() says otherwise
    return out;
}

void lease_machine::wrote(lease_record record, time began) {
    const bool ours = record.holder == settings_.holder;
    seen_ = std::move(record);
    seen_at_ = began;
    if (ours)
        renewed_ = began;
    else
        renewed_.reset();
    next_ = began + settings_.renew;
}

void lease_machine::failed(time now, double jitter, std::optional<seconds> after) {
    auto pause = settings_.retry;
    pause += milliseconds(static_cast<long>(static_cast<double>(pause.count()) * 0.2 * jitter));
    if (after)
        pause = std::max<milliseconds>(pause, *after);
    next_ = now + pause;
}

std::optional<lease_record> lease_machine::released(const lease_record& record,
                                                    const health::moment& now) const {
    if (record.holder != settings_.holder)
        return std::nullopt;
    auto out = record;
    out.holder.clear();
    out.duration_seconds = 1; // the API server refuses 0
    out.renewed = kubernetes_micro_time(now.wall);
    return out;
}

} // namespace vmcp
