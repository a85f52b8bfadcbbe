// What is asked of Redis, as those see it who ask: a port, so that they can be tested without a server.
#pragma once

#include "transport/redis/resp.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <string>
#include <vector>

namespace transport {

// A name and its arguments: {"GETEX", key, "EX", "60"}.
using redis_command = std::vector<std::string>;

// Thread-safe.
class redis_commands {
public:
    virtual ~redis_commands() = default;

    // The reply to a command. Fails with errc::io when there is no connection, no room for more commands, or no reply in time:
    // whether the command was carried out is not known then. An error that Redis replies is such a failure too.
    [[nodiscard]] virtual vmcp::awaitable<vmcp::result<resp_value>> run(redis_command command) = 0;
    // The same where nobody waits for the reply. Commands are carried out in the order in which one thread gave them.
    virtual void send(redis_command command) = 0;
    // There is a connection, as far as is known.
    [[nodiscard]] virtual bool up() const noexcept = 0;
};

} // namespace transport
