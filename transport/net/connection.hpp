// A connection to a backend, and how to get one: resolve, connect, TLS, each within one deadline.
#pragma once

#include "transport/net/stream.hpp"
#include "transport/net/target.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/cancellation.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace transport {

// Where a connection attempt failed; for a diagnosis that names the step.
enum class connect_step : std::uint8_t {
    resolve,
    connect,
    tls,
    forbidden, // target::may_dial refused every address that the others did not fail for
};

struct connect_failure {
    connect_step step = connect_step::connect;
    error_code ec{};
    bool timed_out = false;
    std::string address{}; // host:port, with the address tried where there was one
};

// One connection to a backend. It lives on one worker; its deadline is kept by that worker's sweeper and
// cancels the socket.
class connection final : public guarded {
public:
    connection(worker& home, tcp::socket socket) : home_(home), stream_(std::move(socket)) {
        home_.sweeper().add(*this);
    }

    [[nodiscard]] worker& home() noexcept { return home_; }
    [[nodiscard]] transport::stream& stream() noexcept { return stream_; }

    // From now on every operation must be over within `wait`; `timed_out()` tells afterwards whether it was
    // not.
    void expires_in(std::chrono::milliseconds wait) noexcept {
        timed_out_ = false;
        home_.sweeper().due_in(*this, wait);
    }
    void expires_never() noexcept { home_.sweeper().never(*this); }
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

    std::string buffer{};  // bytes read ahead of what was asked for
    bool reused = false;   // carried an exchange before
    std::string address{}; // the peer, for diagnoses
    // For the owner of a pool: connections of an earlier epoch are not used again, and only for what has the same key.
    std::uint64_t epoch = 0;
    std::string key{};

protected:
    void on_due() override {
        timed_out_ = true;
        stream_.close();
    }

private:
    worker& home_;
    transport::stream stream_;
    bool timed_out_ = false;
};

// A brand-new connection: the name is resolved anew, nothing is taken from anywhere else. On this worker's
// thread. Once `control`, which may be null, is cancelled, it fails at once, with whatever was under way.
asio::awaitable<boost::system::result<std::unique_ptr<connection>, connect_failure>>
connect(worker& home, const target& to, std::chrono::milliseconds within,
        vmcp::cancellation* control = nullptr);

[[noreturn]] inline void throw_exception_from_error(const connect_failure& e, const boost::source_location&) {
    throw std::logic_error("value of a failed connect: " + e.address);
}

// What connecting to `endpoint` met: shortages of our own are counted (vmcp::shortage), and a family of addresses that this
// machine does not have is no shortage.
[[nodiscard]] error_code judged(const error_code& ec, const tcp::endpoint& endpoint);

// For people: "connection refused by 127.0.0.1:9101".
[[nodiscard]] std::string describe(const connect_failure& why);

} // namespace transport
