#include "transport/http/connection_group.hpp"

#include "vmcp/model/waiting.hpp"

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace transport {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds patience{1}; // with a worker that does not answer

// Runs `function` on the worker of the shelf, and gives what it gives.
template <class Value, class Function>
boost::asio::awaitable<std::optional<Value>> ask(connection_group::shelf& shelf, Function function) {
    const auto answer = std::make_shared<vmcp::promised<Value>>();
    shelf.home.post([answer, run = std::move(function)] { answer->set(run()); });
    co_return co_await answer->get(co_await boost::asio::this_coro::executor, steady_clock::now() + patience);
}

} // namespace

connection_group::shelf& connection_group::of(worker& home) {
    const std::lock_guard lock(mutex_);
    for (auto& one : shelves_)
        if (&one.home == &home)
            return one;
    return shelves_.emplace_back(home);
}

boost::asio::awaitable<bool> connection_group::close_oldest() {
    using moment = std::optional<steady_clock::time_point>;
    std::vector<shelf*> all;
    {
        const std::lock_guard lock(mutex_);
        for (auto& one : shelves_)
            all.push_back(&one);
    }
    shelf* oldest = nullptr;
    steady_clock::time_point since{};
    for (auto* const one : all) {
        const auto first = co_await ask<moment>(
            *one, [one] { return one->idle.empty() ? moment() : one->idle.front().idle_since; });
        if (first && *first && (oldest == nullptr || **first < since)) {
            oldest = one;
            since = **first;
        }
    }
    if (oldest == nullptr)
        co_return false;
    const auto closed = co_await ask<bool>(*oldest, [oldest] {
        if (oldest->idle.empty())
            return false;
        auto& first = oldest->idle.front();
        shelf::take(first);
        first.make_room();
        return true;
    });
    co_return closed.value_or(false);
}

} // namespace transport
