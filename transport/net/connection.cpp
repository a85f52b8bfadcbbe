#include "transport/net/connection.hpp"

#include "vmcp/base/shortage.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/errc.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace transport {
namespace {

// Ends a pending lookup at its deadline.
class lookup_guard final : public guarded {
public:
    lookup_guard(worker& home, name_lookup& lookup) : lookup_(lookup) { home.sweeper().add(*this); }
    bool timed_out = false;

protected:
    void on_due() override {
        timed_out = true;
        lookup_.cancel();
    }

private:
    name_lookup& lookup_;
};

std::string host_port(const vmcp::url& url) {
    return vmcp::host_and_port(url.host, url.port);
}

std::string named(const vmcp::url& url, const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return url.host == address ? host_port(url) : fmt::format("{} ({})", host_port(url), address);
}

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What is left until `deadline`, never less than a tick so that a step is at least tried.
milliseconds left(steady_clock::time_point deadline) {
    const auto rest = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return std::max(rest, milliseconds(1));
}

} // namespace

asio::awaitable<boost::system::result<std::unique_ptr<connection>, connect_failure>>
connect(worker& home, const target& to, milliseconds within, vmcp::cancellation* control) {
    const auto deadline = steady_clock::now() + within;
    connect_failure why{connect_step::resolve, {}, false, host_port(to.url)};
    std::vector<tcp::endpoint> endpoints;
    std::unique_ptr<connection> made;
    name_lookup* looking = nullptr;
    error_code ec;
    const vmcp::cancellation::scope cancellable(control, [&] {
        if (looking != nullptr)
            looking->cancel();
        if (made)
            made->stream().close();
    });
    if (control != nullptr && control->cancelled()) {
        why.ec = asio::error::operation_aborted;
        co_return why;
    }

    const auto literal = asio::ip::make_address(to.url.host, ec);
    if (!ec) {
        endpoints.emplace_back(literal, to.url.port);
    } else {
        name_lookup names(home.names());
        lookup_guard guard(home, names);
        home.sweeper().due_in(guard, left(deadline));
        looking = &names;
        auto found = co_await names.run(to.url.host, to.url.port);
        looking = nullptr;
        if (found.ec) {
            why.ec = found.ec;
            why.timed_out = guard.timed_out;
            co_return why;
        }
        endpoints = std::move(found.endpoints);
    }

    // Each address in turn; the last failure is the one reported.
    why.step = connect_step::connect;
    std::size_t untried = endpoints.size();
    for (const auto& endpoint : endpoints) {
        if (control != nullptr && control->cancelled()) {
            why.ec = asio::error::operation_aborted;
            break;
        }
        if (to.may_dial && !to.may_dial(endpoint.address())) {
            --untried;
            if (!why.ec)
                why = {connect_step::forbidden, {}, false, named(to.url, endpoint)};
            continue;
        }
        made = std::make_unique<connection>(home, tcp::socket(home.context()));
        made->address = named(to.url, endpoint);
        // A silent address must not use up the time of those behind it.
        made->expires_in(left(deadline) / static_cast<int>(untried--));
        co_await made->stream().socket().async_connect(endpoint,
                                                       asio::redirect_error(asio::use_awaitable, ec));
        if (!ec)
            break;
        why = {connect_step::connect, judged(ec, endpoint), made->timed_out(), made->address};
        made.reset();
    }
    if (!made)
        co_return why;
    made->stream().socket().set_option(tcp::no_delay(true), ec);

    if (to.tls) {
        made->expires_in(left(deadline));
        ec = co_await made->stream().tls_client(*to.tls, to.url.host);
        if (ec) {
            why = {connect_step::tls, ec, made->timed_out(), made->address};
            co_return why;
        }
    }
    made->expires_never();
    co_return made;
}

error_code judged(const error_code& ec, const tcp::endpoint& endpoint) {
    // Where IPv6 is switched off, its addresses are there in files of hosts all the same.
    if (ec == boost::system::errc::address_not_available && endpoint.address().is_v6())
        return asio::error::network_unreachable;
    return vmcp::note_if_shortage(ec);
}

std::string describe(const connect_failure& why) {
    if (const auto own = vmcp::shortage_of(why.ec); own && !why.timed_out)
        return fmt::format("this gateway has run out of {} ({}): {} was not asked", name_of(*own),
                           why.ec.message(), why.address);
    switch (why.step) {
    case connect_step::resolve:
        return why.timed_out ? fmt::format("name lookup of {} timed out", why.address)
                             : fmt::format("name lookup of {} failed: {}", why.address, why.ec.message());
    case connect_step::connect:
        if (why.timed_out)
            return fmt::format("connecting to {} timed out", why.address);
        if (why.ec == asio::error::connection_refused)
            return fmt::format("connection refused by {}", why.address);
        return fmt::format("connecting to {} failed: {}", why.address, why.ec.message());
    case connect_step::tls:
        return why.timed_out ? fmt::format("TLS handshake with {} timed out", why.address)
                             : fmt::format("TLS handshake with {} failed: {}", why.address, why.ec.message());
    case connect_step::forbidden:
        return fmt::format("{} is an address that may not be connected to", why.address);
    }
    return {};
}

} // namespace transport
