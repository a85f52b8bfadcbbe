// Client sessions that several gateways serve: their records are in a Redis that all of them reach, and each holds a live session
// of those that its clients use.
//
// A request costs a command when its session was not confirmed for a short time, and nothing otherwise. While the store cannot be
// reached, sessions that this process knows go on, and others are refused with errc::sessions_unreachable: never as if they were
// gone, since a client would then give up a session that is there.
#pragma once

#include "transport/redis/redis_commands.hpp"
#include "vmcp/replicas/known_sessions.hpp"
#include "vmcp/replicas/replica_message.hpp"
#include "vmcp/session/session_store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

class shared_session_store final : public session_store {
public:
    struct counters {
        std::atomic<std::uint64_t> hits{0};        // requests whose session was confirmed a moment ago
        std::atomic<std::uint64_t> lookups{0};     // those that asked the store
        std::atomic<std::uint64_t> restored{0};    // sessions that another replica had before
        std::atomic<std::uint64_t> unconfirmed{0}; // requests that went on while the store was away
        std::atomic<std::uint64_t> unreachable{0}; // requests that were refused for that
        std::atomic<std::uint64_t> passed_on{0};   // messages of clients that went to other replicas
        std::atomic<std::uint64_t> taken{0};       // messages that came from other replicas
    };

    // `replica` is a number of its own among all that share the store. All references outlive it. Before the first session.
    shared_session_store(session_table& table, transport::redis_commands& redis, std::string key_prefix,
                         std::uint32_t replica);

    // ---- session_store, on any worker
    awaitable<result<std::shared_ptr<live_session>>> open(session_record from) override;
    awaitable<result<std::shared_ptr<live_session>>> find(std::string_view id, const identity& who,
                                                          touch_by cause) override;
    awaitable<void> end(std::shared_ptr<live_session> session, session_end why) override;
    void take(const message& m, const std::shared_ptr<live_session>& session) override;
    [[nodiscard]] bool shared() const noexcept override { return true; }

    // ---- on one thread
    // There is a connection, maybe to a server that lost what was stored: what is known here is written again then.
    awaitable<void> connected();
    // Messages of other replicas may have been missed.
    void missed_messages() { known_.doubt_all(); }
    // A message of another replica.
    awaitable<void> heard(std::string text);
    // To be called some times in a second: writes what changed, and keeps what is in use.
    void tick(steady_clock::time_point now);

    [[nodiscard]] std::vector<std::string> channels() const; // those to listen to
    [[nodiscard]] const counters& figures() const noexcept { return counters_; }

private:
    struct asked {
        std::string digest{};
        std::shared_ptr<live_session> local{}; // null: not known here
        std::uint64_t generation = 0;          // when it was confirmed last
    };
    using found = result<std::shared_ptr<live_session>>;

    [[nodiscard]] found unreachable(const asked& about, const failure& why);
    void complain(const failure& why);
    [[nodiscard]] found missing(const asked& about);
    [[nodiscard]] found stored(const asked& about, const std::string& text, std::string_view id,
                               const identity& who, touch_by cause);
    void refresh(const asked& about, const std::string& text, session_record record);
    void write(const std::string& digest, std::string_view condition);
    void tell(replica_message m, std::uint64_t replica);
    void session_ended(const live_session& session, session_end why);
    void write_all();
    void tell_of_graves(steady_clock::time_point now);
    void keep_busy_ones(steady_clock::time_point now);

    [[nodiscard]] std::string key(std::string_view digest) const { return prefix_ + std::string(digest); }
    [[nodiscard]] std::string ttl() const;
    [[nodiscard]] std::string channel(std::uint64_t replica) const; // 0: of all

    session_table& table_;
    transport::redis_commands& redis_;
    const std::string prefix_;
    const std::uint32_t replica_;
    known_sessions known_{};
    counters counters_{};
    std::atomic<steady_clock::rep> complained_{0}; // when
    std::string epoch_{};                          // of the store; one thread
    std::unordered_map<std::string, steady_clock::time_point>
        graves_{}; // and until when they are told of; one thread
    steady_clock::time_point last_told_{};
    steady_clock::time_point last_kept_{}; // one thread
};

} // namespace vmcp
