// One backend of the running set; private to backend_set. Control thread only.
#pragma once

#include "vmcp/supervision/backend_set.hpp"
#include "vmcp/supervision/list_reader.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace vmcp {

inline health::moment moment_now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

struct backend_set::member {
    member(backend_config d, transport::worker& control)
        : definition(std::move(d))
        , grace(control.context())
        , nudge(control.context()) {}

    backend_config definition;
    std::shared_ptr<transport::http_backend> link{};
    std::shared_ptr<transport::backend_context> context{}; // of the link
    std::shared_ptr<backend_gate> gate{};
    std::shared_ptr<const probe_target> probed{};
    std::uint64_t generation = 0;
    std::map<std::shared_ptr<probe_runner>, std::uint64_t> probes{}; // under way, with their generation
    std::optional<backend_lists> lists{};
    std::shared_ptr<list_reader> reading{}; // under way
    std::string list_problem{};             // what the last reading lacked, and why; empty: nothing
    std::string list_category{};            // of that, when the reading failed as a whole
    bool list_throttled = false;            // it failed with 429
    unsigned list_tries = 0;                // readings in a row that lacked something
    std::chrono::steady_clock::time_point lists_failing_since{};
    health::moment down_since{};
    bool shown = false;     // what it lists is in the current snapshot
    bool withdrawn = false; // down for longer than the grace: what it lists is not shown
    bool left = false;      // removed from the configuration, or shutting down
    boost::asio::steady_timer grace;

    // Nothing of it waits any more.
    void leave() {
        left = true;
        grace.cancel();
        if (reading)
            reading->give_up();
        refresh();
    }

    // Its lists are to be read again.
    void refresh() {
        refresh_wanted = true;
        nudge.cancel();
    }

    // Returns after `rest`, or soon after refresh(). Several refreshes at once are one.
    boost::asio::awaitable<void> wait(std::chrono::milliseconds rest) {
        boost::system::error_code ignored;
        if (!refresh_wanted) {
            nudge.expires_after(rest);
            co_await nudge.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        }
        if (refresh_wanted && !left && lists) {
            nudge.expires_after(std::chrono::milliseconds(20));
            refresh_wanted = false;
            co_await nudge.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        }
        refresh_wanted = false;
    }

private:
    boost::asio::steady_timer nudge;
    bool refresh_wanted = false;
};

} // namespace vmcp
