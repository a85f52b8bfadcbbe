// The Events (events.k8s.io/v1) that are made of changes: bounded in a minute, and of the same one again within ten minutes
// only the count is changed. Without clock or I/O.
#pragma once

#include "health/moment.hpp"
#include "vmcp/cluster/status_changes.hpp"
#include "vmcp/cluster/status_document.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace vmcp {

// One request: an event to create, or a merge patch of one that was.
struct event_request {
    bool creates = true;
    std::string name{};
    std::string body{};
};

// Not thread-safe.
class event_book {
public:
    static constexpr int burst = 10;
    static constexpr std::chrono::seconds refill{6}; // for each after the first ten: ten in a minute
    static constexpr std::chrono::minutes memory{10};
    static constexpr std::size_t most_kept = 32;

    // `instance`: which replica speaks; `number`: a fresh random number, for names.
    event_book(std::string instance, std::function<std::uint64_t()> number);

    // Nothing: there have been too many lately; the next one says how many were left out.
    [[nodiscard]] std::optional<event_request> note(const status_change& change, const stored_server& about,
                                                    const health::moment& now);
    // The request failed: the next change of this kind is an event of its own.
    void forget(const std::string& name);

    // Where its events are created.
    [[nodiscard]] static std::string folder_of(const stored_server& about);

private:
    struct kept {
        std::string name{};
        status_change change{};
        std::string uid{}; // of what it is about
        unsigned count = 1;
        health::steady_time last{};
    };
    [[nodiscard]] bool affordable(health::steady_time now);
    [[nodiscard]] event_request again(kept& one, const health::moment& now) const;
    [[nodiscard]] event_request first(const status_change& change, const stored_server& about,
                                      const health::moment& now);

    const std::string instance_;
    const std::function<std::uint64_t()> number_;
    std::deque<kept> kept_{}; // oldest first
    int tokens_ = burst;
    std::optional<health::steady_time> filled_{};
    unsigned left_out_ = 0;
};

} // namespace vmcp
