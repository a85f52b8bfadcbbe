#include "vmcp/program/commands/one_shot.hpp"

#include "transport/http/client_exchange.hpp"
#include "transport/net/connection.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <future>

namespace vmcp {

exit_code run_one_shot(const std::function<boost::asio::awaitable<exit_code>()>& work) {
    transport::worker home(0);
    std::promise<exit_code> outcome;
    auto finished = outcome.get_future();
    boost::asio::co_spawn(home.context(), work(), [&](std::exception_ptr error, exit_code code) {
        if (error)
            outcome.set_exception(error);
        else
            outcome.set_value(code);
    });
    home.start();
    finished.wait();
    home.context().stop();
    static_cast<void>(home.join(std::chrono::seconds(5)));
    return finished.get();
}

boost::asio::awaitable<result<http_reply>> http_request_once(std::string_view method,
                                                             const transport::target& to,
                                                             const header_list& headers,
                                                             std::chrono::milliseconds within) {
    const auto began = std::chrono::steady_clock::now();
    auto made = co_await transport::connect(transport::worker::current(), to, within);
    if (!made)
        co_return fail(made.error().timed_out ? errc::backend_timeout : errc::backend_unavailable,
                       describe(made.error()));
    const auto used =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    (*made)->expires_in(std::max(within - used, std::chrono::milliseconds(1)));
    transport::client_exchange exchange(**made);
    std::vector<transport::header_field> fields;
    for (const auto& [name, value] : headers)
        fields.push_back({name, value});
    constexpr std::size_t limit = std::size_t{64} << 20;
    http_reply reply;
    auto done = co_await exchange.send({.method = method, .url = &to.url, .fields = fields, .body = nullptr});
    if (done)
        done = co_await exchange.body(reply.body, limit);
    if (!done) {
        const bool late = done.error().error == transport::exchange_error::timeout;
        const bool strange = done.error().error == transport::exchange_error::malformed ||
                             done.error().error == transport::exchange_error::too_large;
        co_return fail(late      ? errc::backend_timeout
                       : strange ? errc::backend_protocol
                                 : errc::backend_unavailable,
                       done.error().detail);
    }
    reply.status = exchange.status();
    co_return reply;
}

} // namespace vmcp
