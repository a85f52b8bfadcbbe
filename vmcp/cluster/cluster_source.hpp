// The backends of a group of a Kubernetes cluster, as a source of definitions: watched, and told of when they change.
#pragma once

#include "transport/kube/reflector.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/byte_budget.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/cluster/cluster_definitions.hpp"
#include "vmcp/supervision/fleet.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// How it goes, for pages. Immutable.
struct cluster_standing {
    bool ready = false;      // every list has been read and applied once, or there is no right to it
    std::string waits_for{}; // where it is not
    std::vector<std::string> problems{}; // why what is known may be out of date
    std::size_t backends = 0;
    std::size_t watched = 0; // objects that they refer to
};

// On the control thread, but standing(). Objects that backends refer to are watched one by one: nothing is read of Secrets that
// no backend of the group names.
class cluster_source final : public membership_source {
public:
    cluster_source(transport::worker& home, std::shared_ptr<kube::kube_client> client, std::string name_space,
                   std::function<double()> dice);
    ~cluster_source() override;
    cluster_source(const cluster_source&) = delete;
    cluster_source& operator=(const cluster_source&) = delete;

    // The settings from now on; definitions() is what follows from them and the cluster. Tells nobody. Those without
    // cluster.discover change nothing, nor do any after stop().
    void use(std::shared_ptr<const config> settings, discovery_settings discovery);
    void start();
    void stop();

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] const std::vector<backend_config>& definitions() const override { return definitions_; }
    void on_change(std::function<void()> told) override { told_ = std::move(told); }

    // `settings` with what the cluster says in place of its references to MCPToolConfigs; itself where there are none.
    [[nodiscard]] std::shared_ptr<const config> with_tools(std::shared_ptr<const config> settings) const;
    // Called after that changed. Once, before start().
    void on_tools(std::function<void()> told) { tools_told_ = std::move(told); }

    // Called once standing() is `ready`, after what was found was told of. Once, before start().
    void on_ready(std::function<void()> told) { ready_told_ = std::move(told); }

    // The MCPExternalAuthConfig that a backend's credentials are from; "": none.
    [[nodiscard]] std::string auth_config_of(std::string_view backend) const;

    // From any thread; never null.
    [[nodiscard]] std::shared_ptr<const cluster_standing> standing() const { return standing_.load(); }

    static constexpr std::size_t most_bytes = std::size_t{32} << 20; // of what is kept of objects
    static constexpr std::size_t most_watched = 256;                 // objects that backends refer to

private:
    using reflector_ptr = std::shared_ptr<kube::reflector>;

    [[nodiscard]] reflector_ptr watch(kube::reflector_settings settings);
    void news();
    void settle();
    [[nodiscard]] cluster_definitions derive() const;
    [[nodiscard]] referred_object look_up(const object_ref& ref) const;
    void watch_needed(const std::set<object_ref>& needed);
    bool take(cluster_definitions found);
    void know(const std::vector<backend_config>& definitions);
    bool publish_standing(bool pending);

    const std::string name_ = "cluster";
    transport::worker& home_;
    const std::shared_ptr<kube::kube_client> client_;
    const std::function<double()> dice_;
    byte_budget room_{most_bytes};

    definition_rules rules_;
    std::map<workload_kind, reflector_ptr> lists_{};
    std::map<object_ref, reflector_ptr> referred_{};
    std::size_t unwatched_ = 0; // beyond most_watched

    std::vector<backend_config> definitions_{};
    std::map<std::string, backend_config> last_{}; // by kind/name, for those that are pending
    std::map<std::string, workload_tools> tools_{};
    std::map<std::string, std::string, std::less<>> auth_configs_{}; // by the name of the backend
    std::vector<std::string> tool_problems_{};
    std::vector<std::shared_ptr<const void>> known_secrets_{};
    std::function<void()> told_{};
    std::function<void()> tools_told_{};
    std::function<void()> ready_told_{};
    const std::shared_ptr<kube::line_allowance> lines_ = std::make_shared<kube::line_allowance>();

    boost::asio::steady_timer soon_;
    bool due_ = false; // soon_ is set
    bool stopped_ = false;
    std::chrono::steady_clock::time_point settled_at_{};
    published<cluster_standing> standing_{std::make_shared<const cluster_standing>()};
};

} // namespace vmcp
