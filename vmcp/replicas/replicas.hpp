// What makes this gateway one of several that serve the same sessions: the connections to the Redis they share, and the store
// over them, all on the control thread.
#pragma once

#include "transport/net/guarded_pause.hpp"
#include "transport/redis/redis_client.hpp"
#include "transport/redis/redis_settings.hpp"
#include "transport/redis/redis_subscriber.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/replicas/shared_buckets.hpp"
#include "vmcp/replicas/shared_session_store.hpp"
#include "vmcp/session/session_table.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace vmcp {

class replicas {
public:
    // `table` outlives it. Gateways of the same name in the same namespace (VMCP_NAMESPACE) share token buckets too.
    replicas(const config& settings, session_table& table);
    replicas(const replicas&) = delete;
    replicas& operator=(const replicas&) = delete;

    // Why it cannot begin: certificates that cannot be used.
    [[nodiscard]] const result<void>& usable() const noexcept { return usable_; }
    // Begins to connect; from any thread. `control` outlives what goes on, which ends with stop().
    void start(transport::worker& control);
    // On the control thread: writes what was not written yet. Then, when no session is left that goes on, stop().
    void flush();
    void stop();

    [[nodiscard]] shared_session_store& store() noexcept { return store_; }
    [[nodiscard]] const shared_session_store& store() const noexcept { return store_; }
    [[nodiscard]] const transport::redis_client& redis() const noexcept { return *client_; }
    // Where the token buckets of all replicas are kept.
    [[nodiscard]] rate_limiter& buckets() noexcept { return buckets_; }
    [[nodiscard]] bool listening() const noexcept { return subscriber_->up(); }

private:
    boost::asio::awaitable<void> beat(transport::worker& control);

    result<void> usable_{};
    const transport::redis_settings settings_;
    const std::shared_ptr<transport::redis_client> client_;
    shared_session_store store_;
    shared_buckets buckets_;
    const std::shared_ptr<transport::redis_subscriber> subscriber_;
    transport::guarded_pause* pause_ = nullptr; // while beat() runs
    bool stopped_ = false;
};

// The settings of the connection. The addresses are those of a configuration that was checked.
[[nodiscard]] result<transport::redis_settings> redis_settings_of(const session_storage_config& settings);

} // namespace vmcp
