// The coroutine type of the whole program, and the names of Asio and <chrono> that go with it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace vmcp {

template <class T>
using awaitable = boost::asio::awaitable<T>;
using boost::asio::any_io_executor;
using steady_clock = std::chrono::steady_clock;

} // namespace vmcp
