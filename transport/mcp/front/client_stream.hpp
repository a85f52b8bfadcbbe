// One SSE stream to a client: what is to be sent on it, and what was sent, for a client that lost its
// connection (MCP 2025-11-25, basic/transports, "Resumability and Redelivery").
#pragma once

#include "transport/sse/event_log.hpp"
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

    // `number` is unique in the session. While no connection is attached, messages wait for the next one, within
    // the limits.
    client_stream(std::uint64_t number, event_log::limits limits);

    // ---- in ----
    void send(std::string message) override;
    void ask(std::uint64_t id, const vmcp::message& request) override;
    void withdraw(std::uint64_t id, std::string_view reason) override;
    void lists_changed(unsigned kinds) override;
    [[nodiscard]] bool listening() const override;
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

    struct batch {
        std::vector<event> events{};
        bool mine = true;  // still the reader
        bool over = false; // finished or released, and everything is in `events`
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

    [[nodiscard]] bool has_room() const;
    std::uint64_t attach_locked(std::uint64_t begin);
    void repeat_locked(event_log::range events);

    void forget_unread();

    const event_log::limits limits_;
    mutable std::mutex mutex_{};
    event_log log_;
    std::vector<std::string> unread_{};
    std::size_t unread_bytes_ = 0;
    std::vector<event> again_{}; // replayed for the reader, before the unread ones
    std::uint64_t reader_ = 0;   // 0: none
    std::uint64_t last_reader_ = 0;
    std::uint64_t begin_ = 0; // the reader delivers what comes after this sequence number
    bool finished_ = false;
    bool released_ = false;
    std::optional<vmcp::steady_clock::time_point> done_since_{};
    vmcp::wait_list changed_{};
    vmcp::wait_list caught_up_{};
};

} // namespace transport
