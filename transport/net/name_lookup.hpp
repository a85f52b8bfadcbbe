// Name lookups that hold nobody up. getaddrinfo blocks, cannot be stopped, and takes many seconds when a name
// server is silent; Asio's resolver runs all lookups of a context one after the other, so that one such name
// would stop every new connection. Here each lookup has a thread of its own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace transport {

struct name_answer {
    boost::system::error_code ec{}; // operation_aborted: cancelled; try_again: too many lookups hang already
    std::vector<boost::asio::ip::tcp::endpoint> endpoints{};
};

// The lookups of one worker.
class name_lookups {
public:
    // Blocks until the name is looked up; called on threads of its own, several at once.
    using resolve_function = std::function<name_answer(const std::string& host)>;

    explicit name_lookups(boost::asio::io_context& home, resolve_function resolve = {}); // empty: getaddrinfo
    name_lookups(const name_lookups&) = delete;
    name_lookups& operator=(const name_lookups&) = delete;
    // To be destroyed before the context. Lookups under way end in the background, and nobody hears of them.
    ~name_lookups();

    // A lookup that hangs is joined by later ones for the same name only in its first second, so that a name
    // server that has come back is noticed at once. That stops at max_per_name, and as soon as there are
    // spare_from lookups in all: names that hang must leave room for the first lookup of every other name.
    static constexpr std::chrono::milliseconds joinable{1'000};
    static constexpr std::size_t max_per_name = 8;
    static constexpr std::size_t spare_from = 64;
    static constexpr std::size_t max_threads = 1'024;

    // The name is known to resolve again: lookups of it that began before are joined by nobody from now on, and
    // those who wait for one get the answer of a new one. Home thread only.
    void renew(const std::string& host);

    [[nodiscard]] std::size_t running() const noexcept; // lookups, not callers; home thread only

private:
    friend class name_lookup;
    struct board;
    std::shared_ptr<board> board_;
};

// One caller's lookup, on the thread of its worker.
class name_lookup {
public:
    explicit name_lookup(name_lookups& among);
    ~name_lookup();

    // One at a time.
    boost::asio::awaitable<name_answer> run(std::string host, std::uint16_t port);
    // run() ends with operation_aborted.
    void cancel();

private:
    struct waiter;
    friend class name_lookups;
    std::shared_ptr<name_lookups::board> board_;
    std::shared_ptr<waiter> waiter_{};
};

} // namespace transport
