// When the lists of a client's own session with a backend are read: soon after the backend says on it that they changed, but
// not each time when that leads to nothing.
#pragma once

#include <chrono>

namespace transport {

// Decides and does nothing. How to drive it: when now >= due(), ask next(); if it says `read`, read, and say how that ended.
// Not thread-safe.
class own_list_pace {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    // The backend said so on this session.
    void announced(time_point now);
    // A call of the client begins. True: it is owed a reading.
    bool called(time_point now);

    // time_point::max(): there is no reason to read, or a reading is under way.
    [[nodiscard]] time_point due() const noexcept { return reading_ ? time_point::max() : due_; }

    // `read`: begin. `leave`: the announcement is left alone until the client calls.
    enum class step { read, leave };
    struct surroundings {
        bool call_runs = false;                        // of the client, on this session
        time_point everybody_told = time_point::min(); // when the gateway's own session heard the same, last
    };
    [[nodiscard]] step next(const surroundings& around, time_point now);

    // How a reading ended: the session has something of its own or not, or it could not be read.
    enum class outcome { own, nothing, failed };
    void finished(outcome how, time_point now);

    [[nodiscard]] bool has_own() const noexcept { return has_own_; }

    // Announcements that come one after the other become one reading; the gateway's own session hears what is for
    // everybody within this time, too.
    static constexpr milliseconds gathering{50};
    static constexpr milliseconds shortest_rest{500};
    static constexpr milliseconds longest_rest{8'000};
    // What a call changed is announced within this time.
    static constexpr milliseconds aftermath{5'000};
    static constexpr unsigned most_failures = 3;

private:
    time_point due_ = time_point::max();
    time_point rest_until_ = time_point::min();
    time_point last_end_ = time_point::min();
    time_point last_call_ = time_point::min();
    time_point announced_ = time_point::min();
    unsigned in_vain_ = 0; // readings in a row that gave nothing
    unsigned failures_ = 0;
    bool reading_ = false;
    bool again_ = false; // announced while it was read
    bool owed_ = false;
    bool has_own_ = false;
};

} // namespace transport
