// Runs one coroutine on a worker of its own to its end: what commands that talk to a gateway need.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include "transport/net/target.hpp"
#include "transport/net/worker.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

using header_list = std::vector<std::pair<std::string, std::string>>;

// Runs `work` on a new worker's thread and waits for it. What it leaves behind is destroyed.
[[nodiscard]] exit_code run_one_shot(const std::function<boost::asio::awaitable<exit_code>()>& work);

struct http_reply {
    unsigned status = 0;
    std::string body{};
};

// One request without a body on a new connection, answered within `within`. On a worker. Fails with
// errc::backend_unavailable or backend_timeout when nothing answers, backend_protocol when it is no HTTP.
[[nodiscard]] boost::asio::awaitable<result<http_reply>> http_request_once(std::string_view method,
                                                                           const transport::target& to,
                                                                           const header_list& headers,
                                                                           std::chrono::milliseconds within);

} // namespace vmcp
