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

// One connect(), step by step. Each step says whether the next one may be taken; why() tells of the one that failed.
class connecting {
public:
    connecting(worker& home, const target& to, milliseconds within, vmcp::cancellation* control)
        : home_(home)
        , to_(to)
        , deadline_(steady_clock::now() + within)
        , control_(control)
        , why_{connect_step::resolve, {}, false, host_port(to.url)}
        , cancellable_(control, [this] { stop(); }) {}

    asio::awaitable<bool> find_addresses() {
        if (cancelled())
            co_return false;
        error_code ec;
        const auto literal = asio::ip::make_address(to_.url.host, ec);
        if (!ec) {
            endpoints_.emplace_back(literal, to_.url.port);
            co_return true;
        }
        name_lookup names(home_.names());
        lookup_guard guard(home_, names);
        home_.sweeper().due_in(guard, left(deadline_));
        looking_ = &names;
        auto found = co_await names.run(to_.url.host, to_.url.port);
        looking_ = nullptr;
        if (found.ec) {
            why_.ec = found.ec;
            why_.timed_out = guard.timed_out;
            co_return false;
        }
        endpoints_ = std::move(found.endpoints);
        co_return true;
    }

    // Each address in turn; the last failure is the one that is reported.
    asio::awaitable<bool> dial() {
        why_.step = connect_step::connect;
        std::size_t untried = endpoints_.size();
        for (const auto& endpoint : endpoints_) {
            if (cancelled())
                co_return false;
            if (to_.may_dial && !to_.may_dial(endpoint.address())) {
                --untried;
                if (!why_.ec)
                    why_ = {connect_step::forbidden, {}, false, named(to_.url, endpoint)};
                continue;
            }
            // A silent address must not use up the time of those behind it.
            if (co_await dial(endpoint, left(deadline_) / static_cast<int>(untried--)))
                co_return true;
        }
        co_return false;
    }

    asio::awaitable<bool> shake_hands() {
        if (!to_.tls)
            co_return true;
        made_->expires_in(left(deadline_));
        const auto ec = co_await made_->stream().tls_client(*to_.tls, to_.url.host);
        if (ec)
            why_ = {connect_step::tls, ec, made_->timed_out(), made_->address};
        co_return !ec;
    }

    [[nodiscard]] const connect_failure& why() const noexcept { return why_; }
    [[nodiscard]] std::unique_ptr<connection> take() {
        made_->expires_never();
        return std::move(made_);
    }

private:
    asio::awaitable<bool> dial(const tcp::endpoint& endpoint, milliseconds within) {
        error_code ec;
        made_ = std::make_unique<connection>(home_, tcp::socket(home_.context()));
        made_->address = named(to_.url, endpoint);
        made_->expires_in(within);
        co_await made_->stream().socket().async_connect(endpoint,
                                                        asio::redirect_error(asio::use_awaitable, ec));
        if (ec) {
            why_ = {connect_step::connect, judged(ec, endpoint), made_->timed_out(), made_->address};
            made_.reset();
            co_return false;
        }
        made_->stream().socket().set_option(tcp::no_delay(true), ec);
        co_return true;
    }

    bool cancelled() {
        if (control_ == nullptr || !control_->cancelled())
            return false;
        why_.ec = asio::error::operation_aborted;
        return true;
    }

    // What waits ends with an error.
    void stop() {
        if (looking_ != nullptr)
            looking_->cancel();
        if (made_)
            made_->stream().close();
    }

    worker& home_;
    const target& to_;
    const steady_clock::time_point deadline_;
    vmcp::cancellation* const control_;
    connect_failure why_;
    std::vector<tcp::endpoint> endpoints_{};
    name_lookup* looking_ = nullptr; // while the name is looked up
    std::unique_ptr<connection> made_{};
    const vmcp::cancellation::scope cancellable_;
};

} // namespace

asio::awaitable<boost::system::result<std::unique_ptr<connection>, connect_failure>>
connect(worker& home, const target& to, milliseconds within, vmcp::cancellation* control) {
    connecting attempt(home, to, within, control);
    if (!co_await attempt.find_addresses() || !co_await attempt.dial() || !co_await attempt.shake_hands())
        co_return attempt.why();
    co_return attempt.take();
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
