// When the lists of one backend are read: at its first sign of life, when it says that they changed, when it is back after
// an outage, when a reading lacked something, and now and then without a reason.
#pragma once

#include "health/moment.hpp"
#include "health/schedule.hpp"
#include "vmcp/supervision/pace.hpp"

#include <chrono>
#include <optional>

namespace vmcp {

// Decides and does nothing. How to drive it: when now >= due(), call begin() and read; when that ends, finish()
// or repeat().
class list_schedule {
public:
    using milliseconds = std::chrono::milliseconds;

    struct settings {
        milliseconds refresh{60'000};  // operational.catalogRefresh
        milliseconds interval{30'000}; // healthCheckInterval: what failed is never asked for less often
        friend bool operator==(const settings&, const settings&) = default;
    };

    explicit list_schedule(settings how) : settings_(how) {}

    // There is a reason to read them. Several reasons at once are one; one that comes while they are read makes another
    // reading follow.
    void want(health::steady_time now);
    // The backend says that they changed: a reason too, but one that may come without end. After a few readings for it
    // they follow at a pace.
    void announced(health::steady_time now);
    // time_point::max(): not before want(), or while they are read.
    [[nodiscard]] health::steady_time due() const noexcept;

    void begin() noexcept;

    // The reading proved nothing: the next one follows at once.
    void repeat(health::steady_time now) noexcept;

    // How a reading ended.
    struct outcome {
        bool complete = false;  // nothing is missing that may come by asking again
        bool throttled = false; // with 429
        bool known = false;     // its lists are known, of this reading or of an earlier one
        bool shown = false;     // and shown to clients
        // How long the backend says they are fresh; nothing, or no time: it does not say, or says only that it cannot know.
        std::optional<milliseconds> fresh_for{};
        // Of the backend now; nothing: it is down, and there is no use in asking before it is back.
        std::optional<health::standing> stands{};
    };
    // What failed is asked for as often as a backend that is not healthy is probed. What is fresh for less than the refresh is read
    // again when it is not any more, but not without a rest. `jitter` in [-1, 1].
    void finish(const outcome& how, health::steady_time now, double jitter);

    // With a shorter refresh they are read soon: the present rest is as long as the old setting said.
    void configure(settings how, health::steady_time now);

    // Announcements that come one after the other become one reading.
    static constexpr milliseconds gathering{20};
    static constexpr int prompt_readings = 5; // for announcements in a row
    static constexpr milliseconds pace_of_readings{1'000};
    static constexpr milliseconds shortest_refresh{1'000}; // however soon lists grow old
    static constexpr milliseconds overloaded_pause{
        5'000}; // at least, after a failure that costs nobody anything yet

private:
    [[nodiscard]] milliseconds rest_after_success(const outcome& how) const;
    [[nodiscard]] milliseconds rest_after_failure(const outcome& how, health::steady_time now, double jitter);

    settings settings_;
    health::steady_time due_ = health::steady_time::max();
    bool reading_ = false;
    bool wanted_again_ = false;     // while reading
    bool announced_ = false;        // since the last reading began
    bool for_announcement_ = false; // the reading under way, or the last one
    pace pace_{prompt_readings, pace_of_readings};
    bool known_ = false;    // a reading succeeded at least in part
    unsigned failures_ = 0; // readings in a row that lacked something
    health::steady_time failing_since_{};
};

} // namespace vmcp
