// Keeps the Lease that says which of several replicas writes: the shell around lease_machine.
#pragma once

#include "transport/kube/kube_client.hpp"
#include "vmcp/cluster/lease_machine.hpp"
#include "vmcp/cluster/status_document.hpp"
#include "vmcp/cluster/status_outage.hpp"
#include "vmcp/cluster/status_target.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/supervision/control_thread.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vmcp {

// On the control thread.
class lease_keeper : public std::enable_shared_from_this<lease_keeper> {
public:
    // `changed`: it may be ours now, or no more.
    lease_keeper(control_thread home, std::shared_ptr<kube::kube_client> client, status_target target,
                 lease_settings settings, std::function<void()> changed);

    void start();
    // Gives the lease back, so that another replica need not wait for its end: a second at most.
    void stop();

    // This replica writes. Also where leases are forbidden to it (ToolHive's operator grants none): then each one does.
    [[nodiscard]] bool leads() const;

private:
    using record = std::optional<lease_record>;
    void wake();
    awaitable<void> run();
    awaitable<void> step();
    awaitable<void> write(lease_record next);
    awaitable<void> release();
    [[nodiscard]] awaitable<std::optional<stored_server>> owner();
    // The Lease there is; nothing in it: none. Nothing at all: that could not be read, and is noted.
    [[nodiscard]] awaitable<std::optional<record>> read();
    [[nodiscard]] awaitable<kube::kube_answer> send(std::string method, std::string target, std::string body,
                                                    std::size_t most = std::size_t{1} << 20);
    void failed(const kube::kube_answer& answer, std::string_view doing);
    void owner_failed(const kube::kube_answer& answer);
    void say_whose();

    const control_thread home_;
    const std::shared_ptr<kube::kube_client> client_;
    const status_target target_;
    const std::string folder_;
    const std::string name_;
    const std::function<void()> changed_;
    lease_machine machine_;
    std::shared_ptr<cancellation> control_;
    std::unique_ptr<alarm> alarm_{};
    status_outage outage_{"the lease of the status"};
    std::optional<stored_server> owner_{};
    bool forbidden_ = false;
    bool busy_ = false;
    bool stopped_ = false;
    bool led_ = false; // when `changed_` was told last
};

} // namespace vmcp
