// A connection to Redis that is ready for commands: found by sentinels where there are any, over TLS where it is wanted,
// authenticated, in its database.
#pragma once

#include "transport/net/connection.hpp"
#include "transport/redis/redis_commands.hpp"
#include "transport/redis/redis_settings.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <memory>
#include <span>
#include <string>

namespace transport {

// On the thread of `home`. Fails with errc::io; the detail names the step, the address, and what to do. No secret is in it.
[[nodiscard]] vmcp::awaitable<vmcp::result<std::unique_ptr<connection>>> dial_redis(worker& home,
                                                                                    redis_settings settings);

// ---- for tests: the decisions of it

// What a new connection says first. Each is answered with +OK or +PONG.
[[nodiscard]] std::vector<redis_command> greeting_of(const redis_settings& settings);
// What an error in reply to the greeting means, for people.
[[nodiscard]] std::string refusal_text(const redis_command& command, const resp_value& error);
// The reply of a sentinel to SENTINEL get-master-addr-by-name.
[[nodiscard]] vmcp::result<redis_place> master_in(const resp_value& reply, const std::string& name);

} // namespace transport
