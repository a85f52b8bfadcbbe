// What a client sets outside of its calls, on its way to the backend: a call that comes later goes behind it.
#pragma once

#include "transport/mcp/back/awaited.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace transport {

struct session_core;

// Part of a session. Thread-safe; what tells something is to be called on a worker, and returns at once. What is told goes
// one after the other; of what was set several times before it could go, the last. Nothing goes while the session is not
// established nor being established: the next handshake tells all of it.
class settings_forwarder {
public:
    explicit settings_forwarder(session_core& session) : session_(session) {}

    // Tells the level that the session's settings have.
    void level_set();
    // Passes a whole notifications/roots/list_changed on.
    void roots_changed(std::string notification);
    // Subscribes to a resource that the settings have already.
    void subscribe(std::string uri);

    // Something is on its way. When there was an answer to the client that set it, this says so from then on.
    [[nodiscard]] bool pending() const noexcept { return pending_.load(); }
    // Returns when what was told before is taken or refused, or when `until` has come, or `control`, which may be null,
    // was cancelled.
    vmcp::awaitable<void> settled(vmcp::steady_clock::time_point until, vmcp::cancellation* control) const;

    // A backend that does not answer delays no call longer.
    static constexpr std::chrono::milliseconds most{5'000};

private:
    using round = awaited<bool>; // set when it is over
    struct due {
        bool level = false;
        std::optional<std::string> roots{};
        std::set<std::string> uris{};
    };

    template <class Change>
    void add(Change change);
    [[nodiscard]] std::optional<due> next_round();
    void end_round();
    vmcp::awaitable<void> run(std::shared_ptr<session_core> whole);
    static vmcp::awaitable<void> tell(const std::shared_ptr<session_core>& whole, due due);

    session_core& session_;
    std::atomic<bool> pending_{false};
    mutable std::mutex mutex_{};
    due due_{};                        // of the next round
    std::shared_ptr<round> next_{};    // null: nothing is due
    std::shared_ptr<round> current_{}; // null: nothing is on its way
    bool running_ = false;
};

} // namespace transport
