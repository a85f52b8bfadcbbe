// The status of the gateway in a Kubernetes cluster, in the running program: written where VMCP_NAME and VMCP_NAMESPACE say
// whose it is.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/cluster/status_reporter.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/program/cluster_membership.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/supervisor.hpp"

#include <chrono>
#include <memory>

namespace vmcp {

// Exists always, and does nothing where nobody said whose status that is. On the control thread, once that runs.
class cluster_status {
public:
    // Before the supervisor's first apply(); all of them outlive it. A cluster that cannot be reached with what there is, is a
    // line in the log: the gateway serves all the same.
    void prepare(const config& settings, const control_thread& home, supervisor& backends,
                 cluster_membership& members);

    void start(const config& settings);
    void configure(const config& settings);
    // Takes a second at most, while the control thread goes on.
    void stop();

private:
    std::shared_ptr<status_reporter> reporter_{};
};

} // namespace vmcp
