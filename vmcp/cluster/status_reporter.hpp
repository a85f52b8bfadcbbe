// Writes what supervision knows into the status of a VirtualMCPServer: the shell around status_pace and status_document.
#pragma once

#include "transport/kube/kube_client.hpp"
#include "vmcp/cluster/event_sender.hpp"
#include "vmcp/cluster/lease_keeper.hpp"
#include "vmcp/cluster/status_document.hpp"
#include "vmcp/cluster/status_outage.hpp"
#include "vmcp/cluster/status_pace.hpp"
#include "vmcp/cluster/status_target.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/fleet_view.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Where a report is from.
struct report_sources {
    // Never null functions; null view: nobody answers.
    std::function<awaitable<std::shared_ptr<const fleet_view>>()> look{};
    // False while it is not known yet who belongs to the backends: nothing is reported of it then.
    std::function<bool()> known{};
    std::function<std::string(std::string_view backend)> auth_config_of{}; // as status_facts
};

// On the control thread. `look` may be used until stop().
class status_reporter : public std::enable_shared_from_this<status_reporter> {
public:
    // `holder`: as lease_settings, and who signs events; `number`: a fresh random number.
    status_reporter(const control_thread& home, std::shared_ptr<kube::kube_client> client,
                    status_target target, report_sources from, std::string holder,
                    std::function<std::uint64_t()> number);

    void start(std::chrono::milliseconds interval);
    // Something changed, or may have.
    void heard();
    void configure(std::chrono::milliseconds interval);
    // Nothing is written any more. The lease is given back: that takes a second at most.
    void stop();

private:
    enum class outcome : std::uint8_t { said, again, failed, dropped };
    void wake();
    awaitable<void> run();
    awaitable<void> step();
    awaitable<void> say(std::shared_ptr<const fleet_view> view);
    awaitable<outcome> write(const fleet_view& view);
    [[nodiscard]] status_facts facts_of(const fleet_view& view, health::wall_time now) const;
    outcome failed(const kube::kube_answer& answer, std::string_view doing);
    awaitable<void> pause(std::chrono::milliseconds time);

    const control_thread home_;
    const std::shared_ptr<kube::kube_client> client_;
    const status_target target_;
    const report_sources from_;
    std::shared_ptr<event_sender> events_;
    std::shared_ptr<lease_keeper> lease_{};
    const lease_settings lease_settings_;
    std::shared_ptr<cancellation> control_;
    std::unique_ptr<alarm> alarm_{};
    std::chrono::milliseconds interval_{30'000};
    status_pace pace_{interval_};
    nlohmann::json last_said_{}; // without times of its own; null: nothing
    status_outage outage_{"the status in the cluster"};
    bool led_ = false;
    bool busy_ = false;
    bool stopped_ = false;
};

} // namespace vmcp
