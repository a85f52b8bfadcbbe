// Computations that would hold up others who share the thread: done on another one, while the coroutine waits.
#pragma once

#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace vmcp {

// Runs a task on another thread, one after the other, or drops it when that thread has ended. From any thread but that one.
using aside_runner = std::function<void(std::function<void()>)>;

// What `work` makes, on this thread, to its end: it waits for nothing that this thread would have to do.
template <class T>
[[nodiscard]] T done_here(awaitable<T> work) {
    boost::asio::io_context here(1);
    std::optional<T> out;
    boost::asio::co_spawn(here, std::move(work), [&](std::exception_ptr bug, T made) {
        if (bug)
            std::rethrow_exception(bug);
        out.emplace(std::move(made));
    });
    here.run();
    return std::move(*out);
}

// What `work()`, a pointer that is not null, is on the other thread. Null: it was dropped, or threw, which that thread reports.
template <class Work>
[[nodiscard]] auto done_aside(const aside_runner& on, Work work) -> awaitable<decltype(work())> {
    using pointer = decltype(work());
    struct outcome {
        promised<pointer> value{};
    };
    struct task_end {
        std::shared_ptr<outcome> of;
        ~task_end() { of->value.set(nullptr); }
    };
    const auto result = std::make_shared<outcome>();
    auto end = std::make_shared<task_end>(result);
    on([result, end, work = std::move(work)] { result->value.set(work()); });
    end.reset();
    co_return co_await result->value.get(co_await boost::asio::this_coro::executor);
}

} // namespace vmcp
