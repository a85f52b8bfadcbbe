// How one backend is reached: its target, and the call path's idle connections, a pool per worker.
#pragma once

#include "transport/http/client_exchange.hpp"
#include "transport/http/connection_pool.hpp"
#include "transport/net/target.hpp"
#include "vmcp/config/config.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

class backend_connections {
public:
    // `workers` is the number of workers; pools are touched by their own worker only.
    [[nodiscard]] static vmcp::result<std::shared_ptr<backend_connections>>
    make(const vmcp::backend_config& config, std::size_t workers);
    backend_connections(const vmcp::backend_config& config, transport::target to, std::size_t workers);

    [[nodiscard]] const vmcp::backend_config& config() const noexcept { return config_; }
    [[nodiscard]] const transport::target& target() const noexcept { return target_; }
    // What no message may show of the credentials that the configuration holds (vmcp::secret_forms).
    [[nodiscard]] const std::vector<std::string>& secrets() const noexcept { return secrets_; }

    // An idle connection of the current worker that carried requests with the credential of that key, or null.
    [[nodiscard]] std::unique_ptr<connection> take_idle(std::string_view credential_key);

    // A new connection on the current worker, for requests with the credential of that key. A backend that restarts
    // refuses connections for a moment: while it has been unreachable for less than `reconnect_patience`, the attempt
    // is repeated until the deadline, since nothing was sent yet, or until the worker ends what is
    // left (worker::expire_all). Fails at once when `control`, which may be null, is cancelled.
    using made_connection = boost::system::result<std::unique_ptr<connection>, connect_failure>;
    asio::awaitable<made_connection> make_new(std::string_view credential_key,
                                              std::chrono::steady_clock::time_point deadline,
                                              vmcp::cancellation* control = nullptr);
    // An idle one, or a new one.
    asio::awaitable<made_connection> take(std::string_view credential_key,
                                          std::chrono::steady_clock::time_point deadline,
                                          vmcp::cancellation* control = nullptr);

    // Connections made before now are used no more: one of them turned out dead, or the backend was down, and then the
    // others lead to a peer that knows nothing of them as well. From any thread.
    void distrust_idle() noexcept { epoch_.fetch_add(1, std::memory_order_relaxed); }

    // Gives a connection back whose exchange ended well.
    void give(std::unique_ptr<connection> used, client_exchange& exchange);

    // No connection is kept from now on. Idle ones are closed by clear_pool(), to be called on each worker: a
    // connection must die on the worker it lives on.
    void retire() noexcept { retired_.store(true); }
    void clear_pool();

    static constexpr std::chrono::milliseconds reconnect_patience{5'000};

private:
    vmcp::backend_config config_;
    transport::target target_;
    std::vector<std::string> secrets_{};
    std::vector<connection_pool> pools_;
    std::atomic<bool> retired_{false};
    std::atomic<std::uint64_t> epoch_{0};
    std::atomic<std::int64_t> unreachable_since_{0}; // steady milliseconds; 0: reachable
};

} // namespace transport
