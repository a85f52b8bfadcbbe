#include "vmcp/outgoing/endpoint_finder.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace vmcp {

using namespace std::chrono_literals;
using outcome = endpoint_finder::outcome;

namespace {

constexpr auto use_for = 1h;
constexpr auto keep_failure = 5s;
constexpr auto patience = 15s;

// Without a session and without a credential: whatever guards the backend answers, and the backend does nothing.
constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

auth::fetch_result too_late() {
    auth::fetch_result out;
    out.error = "no time is left";
    return out;
}

} // namespace

awaitable<outcome> endpoint_finder::find() {
    waiting shared;
    bool mine = false;
    {
        const std::lock_guard hold(mutex_);
        if (known_ && std::chrono::steady_clock::now() < until_)
            co_return *known_;
        mine = flying_ == nullptr;
        if (mine)
            flying_ = std::make_shared<promised<outcome>>();
        shared = flying_;
    }
    if (!mine) {
        auto said = co_await shared->get(co_await boost::asio::this_coro::executor,
                                         std::chrono::steady_clock::now() + patience + 1s);
        co_return said ? *std::move(said) : outcome(auth::flawed("the search took too long"));
    }
    // Others wait for what comes of it, whatever that is.
    outcome came = auth::flawed("a bug: see the log");
    try {
        came = co_await search();
    } catch (...) {
        landed(came);
        throw;
    }
    landed(came);
    co_return came;
}

awaitable<outcome> endpoint_finder::search() {
    using kind = auth::endpoint_search::step::kind;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auth::endpoint_search machine(of_.backend_url, of_.issuer);
    auto next = machine.start();
    for (;;) {
        if (next.what == kind::done)
            co_return std::make_shared<const auth::found_endpoint>(machine.found());
        if (next.what == kind::failed)
            co_return auth::flawed(std::move(next.problem));
        if (std::chrono::steady_clock::now() >= deadline) {
            next = machine.fetched(too_late());
            continue;
        }
        document_request request{.url = std::move(next.url)};
        if (next.what == kind::ask_backend) {
            request.post = auth::introspection_request{.body = std::string(ping)};
            request.content_type = "application/json";
            request.accept = "application/json, text/event-stream";
        }
        const bool near = next.what != kind::fetch_far;
        if (near)
            request.fields = of_.headers;
        next = machine.fetched(co_await (near ? of_.near : of_.far)->fetch(std::move(request)));
    }
}

void endpoint_finder::landed(const outcome& came) {
    waiting told;
    {
        const std::lock_guard hold(mutex_);
        known_ = came;
        until_ = std::chrono::steady_clock::now() +
                 (came ? std::chrono::steady_clock::duration(use_for) : keep_failure);
        told = std::exchange(flying_, nullptr);
    }
    told->set(came);
}

void endpoint_finder::doubt() {
    const std::lock_guard hold(mutex_);
    if (known_ && *known_)
        until_ = {};
}

} // namespace vmcp
