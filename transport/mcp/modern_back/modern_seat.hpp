// What one client session holds of a backend of the stateless revision: what it wants to hear outside of its calls. Everything
// else goes with each request.
#pragma once

#include "transport/mcp/modern_back/modern_watch.hpp"
#include "vmcp/model/client.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace transport {

// Thread-safe.
class modern_seat final : public vmcp::backend_session {
public:
    explicit modern_seat(const std::shared_ptr<vmcp::client_session>& client) : who_(client.get()) {}

    // The client hears by that credential's watch from now on, if it is another one: what it subscribed to moves along. On a worker.
    vmcp::awaitable<void> move_to(std::shared_ptr<modern_watch> watch,
                                  std::shared_ptr<vmcp::client_session> client,
                                  vmcp::steady_clock::time_point until);
    [[nodiscard]] std::shared_ptr<modern_watch> watch() const;

    // Roots are asked for by calls, levels go with calls, and changes of lists are heard by the gateway for all.
    void roots_changed(std::string) override {}
    void set_log_level(vmcp::log_level) override {}
    void listen() override {}
    void stop_listening() override {}
    void remember_subscription(const std::string& uri, bool subscribed) override;
    void close() override;

private:
    const shared_audience::who who_; // only to tell it from others
    mutable std::mutex mutex_{};
    std::shared_ptr<modern_watch> watch_{}; // null: it never subscribed to anything
    bool closed_ = false;
};

} // namespace transport
