// What this replica knows of sessions that all share: which of them it holds, since when each is confirmed, and what it has to
// write. Decisions without I/O; times are given.
#pragma once

#include "vmcp/model/awaitable.hpp"
#include "vmcp/session/live_session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vmcp {

// Thread-safe. Sessions go by session_digest().
class known_sessions {
public:
    // So long the store is not asked again.
    static constexpr std::chrono::milliseconds confirmed_for{2'000};
    // While one request asks, others go on with what is known.
    static constexpr std::chrono::milliseconds asked_for{1'000};
    // Sessions that were ended here while the store could not be told, at most.
    static constexpr std::size_t most_buried = 10'000;

    struct look {
        std::shared_ptr<live_session> session{}; // null: not known
        bool confirmed = false;                  // no need to ask; otherwise whoever looked is to ask
        bool ended = false;                      // here, and the store does not know it yet
        std::uint64_t generation = 0;            // of the store when it was confirmed
    };
    // For a request of the client: what it may change is looked for some time.
    [[nodiscard]] look find(const std::string& digest, steady_clock::time_point now);
    [[nodiscard]] std::shared_ptr<live_session> session(const std::string& digest) const;

    // The store has it: `record` is what is there. The session is known from now on.
    void confirm(const std::string& digest, const std::shared_ptr<live_session>& session, std::string record,
                 steady_clock::time_point now);
    // The store may have another record, or none.
    void doubt(const std::string& digest);
    void doubt_all();
    void forget(const std::string& digest);
    // Whether `record` is what is known to be stored.
    [[nodiscard]] bool is_stored(const std::string& digest, const std::string& record) const;

    // The client set something here that is not stored yet.
    [[nodiscard]] bool has_changed(const std::string& digest) const;

    // ---- the store lost everything: what is known is written again ----
    void new_generation();
    [[nodiscard]] std::uint64_t generation() const;
    [[nodiscard]] std::vector<std::string> all() const;

    // ---- what has to be written ----
    // Sessions that a client used of late and that changed since their record was stored.
    [[nodiscard]] std::vector<std::string> take_changed(steady_clock::time_point now);
    void stored(const std::string& digest, std::string record, std::uint32_t changes);

    // ---- sessions that ended while the store was away ----
    void bury(const std::string& digest);
    void unbury(const std::string& digest);
    [[nodiscard]] std::vector<std::string> buried() const;

    [[nodiscard]] std::size_t size() const;

private:
    // How long after a request changes are looked for: most come with it.
    static constexpr std::chrono::seconds watched_for{5};

    struct entry {
        std::weak_ptr<live_session> session{};
        steady_clock::time_point confirmed_until{};
        steady_clock::time_point used{};
        std::size_t record_hash = 0; // of the text that is stored
        std::uint32_t changes = 0;   // of the session, that are in it
        std::uint64_t generation = 0;
        bool watched = false; // stands in watched_
    };

    mutable std::mutex mutex_{};
    std::unordered_map<std::string, entry> known_{};
    std::vector<std::string> watched_{};
    std::unordered_set<std::string> buried_{};
    std::uint64_t generation_ = 1;
};

} // namespace vmcp
