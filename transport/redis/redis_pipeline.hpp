// Commands that were given and have no reply yet, in their order: a machine without I/O or clock.
#pragma once

#include "transport/redis/redis_commands.hpp"
#include "vmcp/model/awaitable.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace transport {

// Not thread-safe.
class redis_pipeline {
public:
    struct limits {
        std::size_t commands = 4'096;
        std::size_t bytes = std::size_t{8} << 20;
    };
    using reply_fn = std::function<void(vmcp::result<resp_value>)>;

    redis_pipeline() : redis_pipeline(limits()) {}
    explicit redis_pipeline(limits bounds) : limits_(bounds) {}

    // Takes a command; `reply`, which may be empty, is called once. False, and nothing is called: there is no room. Beyond
    // `until` it is not sent any more.
    [[nodiscard]] bool add(const redis_command& command, reply_fn reply,
                           vmcp::steady_clock::time_point until);
    // Bytes to be written; empty: none. What they ask is under way from now on.
    [[nodiscard]] std::string take_unsent(vmcp::steady_clock::time_point now);
    // The reply to the oldest command under way. False: there is none, so that the peer says what nobody asked for.
    [[nodiscard]] bool answered(vmcp::result<resp_value> reply);

    // The connection is lost: what was under way may have been carried out or not.
    void fail_sent(const vmcp::failure& why);
    void fail_all(const vmcp::failure& why);
    // Fails what was not sent in time.
    void expire(vmcp::steady_clock::time_point now);

    [[nodiscard]] std::size_t under_way() const noexcept { return sent_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return sent_.size() + unsent_.size(); }
    [[nodiscard]] bool has_unsent() const noexcept { return !unsent_.empty(); }

private:
    struct entry {
        std::string text{};
        std::size_t bytes = 0;
        reply_fn reply{};
        vmcp::steady_clock::time_point until{};
    };
    void finish(entry one, vmcp::result<resp_value> reply);

    const limits limits_;
    std::size_t bytes_ = 0; // of all entries
    std::deque<entry> sent_{};
    std::deque<entry> unsent_{};
};

} // namespace transport
