#include "transport/redis/redis_dial.hpp"

#include "transport/net/target.hpp"
#include "vmcp/base/excerpt.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;

namespace {

using opened = vmcp::result<std::unique_ptr<connection>>;

target target_of(const redis_place& place, const redis_settings& settings) {
    return {.url = {.tls = settings.tls != nullptr,
                    .host = place.host,
                    .port = place.port,
                    .target = "/",
                    .authority = vmcp::host_and_port(place.host, place.port)},
            .tls = settings.tls};
}

// One command and its reply, on a connection on which nothing else is under way.
vmcp::awaitable<vmcp::result<resp_value>> ask(connection& line, const redis_command& command,
                                              std::chrono::milliseconds within) {
    std::string text;
    append_command(text, command);
    line.expires_in(within);
    const auto lost = [&](const error_code& ec) {
        return fail(errc::io, fmt::format("{} {}", line.address,
                                          line.timed_out() ? std::string("does not answer")
                                                           : "closed the connection: " + ec.message()));
    };
    error_code ec;
    co_await asio::async_write(line.stream(), asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        co_return lost(ec);
    resp_decoder in({.reply = 64 * 1024, .items = 256});
    std::string piece(4'096, '\0');
    for (;;) {
        auto reply = in.next();
        if (!reply)
            co_return fail(errc::io, fmt::format("{}: {}", line.address, reply.error().detail));
        if (*reply) {
            line.expires_never();
            co_return std::move(**reply);
        }
        const auto got = co_await line.stream().async_read_some(
            asio::buffer(piece), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            co_return lost(ec);
        in.feed(std::string_view(piece).substr(0, got));
    }
}

vmcp::awaitable<opened> connect_to(worker& home, redis_place place, const redis_settings& settings) {
    const auto to = target_of(place, settings);
    auto made = co_await connect(home, to, settings.timeout);
    if (!made)
        co_return fail(errc::io, describe(made.error()));
    co_return std::move(*made);
}

vmcp::awaitable<vmcp::result<void>> greet(connection& line, const std::vector<redis_command>& greeting,
                                          std::chrono::milliseconds within) {
    for (const auto& command : greeting) {
        const auto reply = co_await ask(line, command, within);
        if (!reply)
            co_return reply.error();
        if (reply->is_error())
            co_return fail(errc::io, fmt::format("{} {}", line.address, refusal_text(command, *reply)));
    }
    co_return vmcp::result<void>();
}

vmcp::awaitable<vmcp::result<redis_place>> ask_sentinel(worker& home, redis_place sentinel,
                                                        const redis_settings& settings) {
    auto line = co_await connect_to(home, std::move(sentinel), settings);
    if (!line)
        co_return line.error();
    if (!settings.sentinel_password.empty()) {
        const std::vector<redis_command> greeting{{"AUTH", settings.sentinel_password}};
        if (auto fine = co_await greet(**line, greeting, settings.timeout); !fine)
            co_return fine.error();
    }
    const redis_command question{"SENTINEL", "get-master-addr-by-name", settings.master};
    const auto reply = co_await ask(**line, question, settings.timeout);
    if (!reply)
        co_return reply.error();
    auto place = master_in(*reply, settings.master);
    if (!place)
        co_return fail(errc::io, fmt::format("sentinel {}: {}", (*line)->address, place.error().detail));
    co_return place;
}

vmcp::awaitable<vmcp::result<redis_place>> find_master(worker& home, const redis_settings& settings) {
    if (settings.sentinels.empty())
        co_return settings.server;
    vmcp::failure last = fail(errc::io, "no sentinel");
    for (const auto& sentinel : settings.sentinels) {
        auto found = co_await ask_sentinel(home, sentinel, settings);
        if (found)
            co_return found;
        last = found.error();
    }
    co_return last;
}

// A sentinel may name a server that was the master a moment ago.
vmcp::awaitable<vmcp::result<void>> expect_master(connection& line, const redis_settings& settings) {
    if (settings.sentinels.empty())
        co_return vmcp::result<void>();
    const redis_command question{"ROLE"};
    const auto role = co_await ask(line, question, settings.timeout);
    if (!role)
        co_return role.error();
    if (!role->items.empty() && role->items.front().text == "master")
        co_return vmcp::result<void>();
    co_return fail(errc::io, fmt::format("{} is not the master (any more)", line.address));
}

} // namespace

std::vector<redis_command> greeting_of(const redis_settings& settings) {
    std::vector<redis_command> out;
    if (!settings.username.empty())
        out.push_back({"AUTH", settings.username, settings.password});
    else if (!settings.password.empty())
        out.push_back({"AUTH", settings.password});
    if (settings.database != 0)
        out.push_back({"SELECT", std::to_string(settings.database)});
    out.push_back({"PING"}); // says whether all of that was needed, and whether the data are loaded
    return out;
}

std::string refusal_text(const redis_command& command, const resp_value& error) {
    const auto said = vmcp::excerpt_of(error.text, {}, 200);
    if (error.is_error("NOAUTH"))
        return "wants a password (sessionStorage.password)";
    if (command.front() == "AUTH")
        return fmt::format("refused the credentials (sessionStorage.username, password): {}", said);
    if (command.front() == "SELECT")
        return fmt::format("has no such database (sessionStorage.db): {}", said);
    if (error.is_error("LOADING"))
        return "is loading its data";
    return fmt::format("refused {}: {}", command.front(), said);
}

vmcp::result<redis_place> master_in(const resp_value& reply, const std::string& name) {
    if (reply.is_error())
        return fail(errc::io, vmcp::excerpt_of(reply.text, {}, 200));
    if (reply.is_null())
        return fail(errc::io,
                    fmt::format("it knows no master called '{}' (sessionStorage.sentinel.master)", name));
    redis_place out;
    if (reply.items.size() != 2)
        return fail(errc::io, "its answer is no address");
    const auto& port = reply.items[1].text;
    out.host = reply.items[0].text;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (out.host.empty() || error != std::errc{} || end != port.data() + port.size() || out.port == 0)
        return fail(errc::io, "its answer is no address");
    return out;
}

vmcp::awaitable<opened> dial_redis(worker& home, redis_settings settings) {
    auto place = co_await find_master(home, settings);
    if (!place)
        co_return place.error();
    auto line = co_await connect_to(home, std::move(*place), settings);
    if (!line)
        co_return line.error();
    if (auto fine = co_await greet(**line, greeting_of(settings), settings.timeout); !fine)
        co_return fine.error();
    if (auto fine = co_await expect_master(**line, settings); !fine)
        co_return fine.error();
    co_return std::move(*line);
}

} // namespace transport
