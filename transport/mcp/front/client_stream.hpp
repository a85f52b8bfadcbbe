// One SSE stream to a client: what is to be sent on it, and what was sent, for a client that lost its
// connection (MCP 2025-11-25, basic/transports, "Resumability and Redelivery").
#pragma once

#include "transport/sse/event_log.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/waiting.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace transport {

// Thread-safe. Messages go in from any worker; one connection at a time, the attached one, takes them out.
class client_stream final : public vmcp::outbound {
public:
    struct event {
        std::string id;
        std::string data;
    };

    // Outside of calls a message that nobody takes in time is forgotten, so that a client that does not read costs no more
    // than one that is away; what a call says waits, and holds the call up (room()).
    enum class purpose : std::uint8_t { general, call };

    // `number` is unique in the session. While no connection is attached, messages wait for the next one, within
    // the limits. `memory` may be null.
    client_stream(std::uint64_t number, event_log::limits limits, vmcp::memory_ledger* memory = nullptr,
                  purpose what_for = purpose::general);

    // ---- in ----
    void send(std::string message) override;
    void ask(std::uint64_t id, const vmcp::message& request) override;
    void withdraw(std::uint64_t id, std::string_view reason) override;
    void lists_changed(unsigned kinds) override;
    [[nodiscard]] bool listening() const override;
    [[nodiscard]] std::optional<vmcp::steady_clock::time_point> away_since() const override;
    void close() override { finish(); }
    // Ends the attached connection, after what is there, but not the stream: the client is to come back for
    // the rest.
    void release();
    // Nothing will follow: the attached connection ends after what is there.
    void finish();
    // A fast backend waits for a slow client.
    vmcp::awaitable<void> room(vmcp::any_io_executor ex) override;

    // ---- out ----
    // Makes the caller the reader; an earlier one is displaced and sees `mine` false. With `after`, events
    // behind that sequence number are delivered again. Gives the number of the reader, or nothing (and nothing is
    // attached) when they are not all kept any more.
    [[nodiscard]] std::optional<std::uint64_t> attach(std::optional<std::uint64_t> after);
    // As attach(), but of the events behind `after` those that are kept are delivered, and none when there never
    // was such an event.
    [[nodiscard]] std::uint64_t attach_to_rest(std::uint64_t after);
    void detach(std::uint64_t reader);
    // What waits for a reader, while there is none.
    [[nodiscard]] std::vector<std::string> take_unread();

    // Forgets what it would deliver again and, where nobody reads it, all that waits.
    void forget();

    struct batch {
        std::vector<event> events{};
        vmcp::memory_claim held{}; // of the events, until they are written
        bool mine = true;          // still the reader
        bool over = false;         // finished or released, and everything is in `events`
    };
    [[nodiscard]] batch take(std::uint64_t reader);
    [[nodiscard]] vmcp::wait_list& changed() noexcept { return changed_; }

    // Where the attached connection begins, for a priming event: before the first event that it delivers.
    [[nodiscard]] std::string position() const;
    [[nodiscard]] std::uint64_t number() const noexcept { return log_.stream(); }
    // When it was finished.
    [[nodiscard]] std::optional<vmcp::steady_clock::time_point> done_since() const;

private:
    static constexpr std::size_t max_unread_events = 64; // before room() waits
    static constexpr std::size_t max_unread_bytes = std::size_t{256} << 10;
    // For a client that is attached and does not read.
    static constexpr std::size_t max_behind_events = 1024;
    static constexpr std::size_t max_behind_bytes = std::size_t{1} << 20;
    // What an event costs besides its text.
    static constexpr std::size_t event_cost = 128;

    [[nodiscard]] bool has_room() const;
    std::uint64_t attach_locked(std::uint64_t begin);
    void repeat_locked(event_log::range events);

    void forget_unread();
    void forget_first_unread();
    void forget_replay();
    [[nodiscard]] bool too_far_behind() const noexcept;
    [[nodiscard]] std::size_t unread_cost() const noexcept {
        return unread_bytes_ + unread_.size() * event_cost;
    }
    void remember(std::string data);
    std::uint64_t remember_copy(std::string_view data);
    void fit_replay();

    const event_log::limits limits_;
    const purpose what_for_;
    mutable std::mutex mutex_{};
    event_log log_;
    vmcp::memory_claim replay_memory_; // of log_
    vmcp::memory_claim unread_memory_; // of unread_
    std::vector<std::string> unread_{};
    std::size_t unread_bytes_ = 0;
    std::vector<event> again_{}; // replayed for the reader, before the unread ones
    std::uint64_t reader_ = 0;   // 0: none
    std::uint64_t last_reader_ = 0;
    std::uint64_t begin_ = 0; // the reader delivers what comes after this sequence number
    bool finished_ = false;
    bool released_ = false;
    std::optional<vmcp::steady_clock::time_point> done_since_{};
    vmcp::steady_clock::time_point left_ = vmcp::steady_clock::now(); // by the last reader
    vmcp::wait_list changed_{};
    vmcp::wait_list caught_up_{};
};

} // namespace transport
