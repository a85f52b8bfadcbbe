// A gateway as its client sees it: one MCP session over the same code that vmcp uses towards backends.
#pragma once

#include "vmcp/program/commands/one_shot.hpp"

#include "transport/mcp/back/http_session.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The flags that inspect and call share.
struct client_options {
    std::string url = "http://127.0.0.1:4483/mcp";
    std::vector<std::string> headers{}; // "Name: value"
    std::string ca_bundle_path{};
    std::string timeout = "30s";
};
void add_client_options(CLI::App& command, client_options& options);

// Where to connect and what to send along, checked. Fails with errc::config.
struct client_setup {
    backend_config as_backend{}; // how the gateway would be configured as a backend
    transport::target target{};
    header_list headers{};
    std::string request_id{}; // under which the gateway logs what this run asks; also among the headers
    std::chrono::milliseconds timeout{};
};
[[nodiscard]] result<client_setup> read_client_options(const client_options& options);

// On a worker: also its destructor, as idle connections end there.
class gateway_client {
public:
    explicit gateway_client(client_setup setup);

    // Connects and initializes. Fails at once when nothing listens.
    boost::asio::awaitable<result<std::shared_ptr<const transport::established>>> open();

    // All entries of a list, page by page: the raw elements of `member` of each page's result.
    boost::asio::awaitable<result<std::vector<std::string>>> list(std::string_view method,
                                                                  std::string_view member);

    // Sends a whole JSON-RPC request; `out` gets what belongs to it and the response. `control` may be null.
    boost::asio::awaitable<result<void>> request(const std::string& message, reply_sink& out,
                                                 cancellation* control);

    // Ends the session, so that the gateway need not keep it. Only after open() succeeded.
    boost::asio::awaitable<void> close();

    [[nodiscard]] const client_setup& setup() const noexcept { return setup_; }

private:
    client_setup setup_;
    std::shared_ptr<transport::http_session> session_;
};

} // namespace vmcp
