// Whether anybody needs a backend's GET stream, and when that is looked at.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_settings.hpp"
#include "transport/mcp/back/shared_audience.hpp"
#include "transport/net/worker.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace transport {

// Part of a session. Thread-safe. Needed the stream is by a client that listens, by subscriptions, by a call during which the
// backend may ask something, and by the gateway's own session.
class stream_need {
public:
    stream_need(const session_identity& as, const session_settings& settings, const shared_audience& audience)
        : as_(as)
        , settings_(settings)
        , audience_(audience) {}

    [[nodiscard]] bool is_there() const { return calls_ > 0 || is_there_between_calls(); }
    [[nodiscard]] bool is_there_between_calls() const;
    // The same where it costs nothing to know; false where it does.
    [[nodiscard]] bool is_plain() const { return always_ || (as_.of_one_client && is_there()); }

    void for_ever() noexcept { always_ = true; }
    void begin_call() noexcept { ++calls_; }
    // True: it was the last one.
    [[nodiscard]] bool end_call() noexcept { return --calls_ == 0; }

private:
    const session_identity& as_;
    const session_settings& settings_;
    const shared_audience& audience_;
    std::atomic<std::size_t> calls_{0};
    std::atomic<bool> always_{false};
};

// Looks at an open stream a while after somebody stopped to need it: the next call of the same client may be about to come.
// Of many streams that are in this state, the later ones are looked at at once. Lives as long as its stream is open, on that
// stream's worker.
class stream_watch {
public:
    stream_watch(worker& home, const backend_context& context) : home_(home), context_(context) {}

    // From any thread. False: a look is due already.
    [[nodiscard]] bool wanted();
    // On the worker, after wanted(): calls `look` when it is time.
    void begin(std::function<void()> look);
    // On the worker: no look follows.
    void end();

    // So many streams stay open for backend_context::stream_grace.
    static constexpr std::size_t most_unneeded = 64;

private:
    class alarm final : public guarded {
    public:
        explicit alarm(std::function<void()> wake) : what_(std::move(wake)) {}

    protected:
        void on_due() override { what_(); }

    private:
        std::function<void()> what_;
    };
    void settle();

    worker& home_;
    const backend_context& context_;
    std::atomic<bool> wanted_{false};
    std::unique_ptr<alarm> alarm_{};
};

} // namespace transport
