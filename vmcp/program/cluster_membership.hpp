// Backends of a cluster in the running program: reached, watched, given to the supervisor, and shown.
#pragma once

#include "health/status.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/cluster/cluster_source.hpp"
#include "vmcp/config/discovery_settings.hpp"
#include "vmcp/supervision/supervisor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// Exists always, and does nothing where outgoingAuth.source is not `discovered`. All but standing() belongs to the control thread
// once that runs.
class cluster_membership {
public:
    // Fails with errc::config: the configuration wants a cluster that cannot be reached with what there is. Before the
    // supervisor's first apply().
    [[nodiscard]] result<void> prepare(const config& settings, transport::worker& control,
                                       supervisor& backends, std::function<double()> dice);

    // What the supervisor is to apply in place of `settings`, which are in effect from now on.
    [[nodiscard]] std::shared_ptr<const config> effective(std::shared_ptr<const config> settings,
                                                          discovery_settings discovery);
    // The settings that are in effect.
    [[nodiscard]] const discovery_settings& discovery() const noexcept { return discovery_; }
    // Called once all that belongs to the cluster is known. Before start().
    void on_ready(std::function<void()> told) {
        if (source_)
            source_->on_ready(std::move(told));
    }
    void start();
    void stop();

    // The MCPExternalAuthConfig that a backend found there gets its credentials from; "": none.
    [[nodiscard]] std::string auth_config_of(std::string_view backend) const {
        return source_ ? source_->auth_config_of(backend) : std::string();
    }

    // From any thread; null: there is none.
    [[nodiscard]] std::shared_ptr<const cluster_standing> standing() const {
        return source_ ? source_->standing() : nullptr;
    }

private:
    std::unique_ptr<cluster_source> source_{};
    std::shared_ptr<const config> settings_{}; // as read
    discovery_settings discovery_{};
};

// What /status says of it to operators: the condition "ClusterInSync", False, while what is known may be out of date.
[[nodiscard]] std::vector<health::condition> conditions_of(const cluster_standing& standing);

} // namespace vmcp
