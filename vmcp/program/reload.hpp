// Putting a changed configuration into effect while calls run.
#pragma once

#include "auth/cedar/cedar_admission.hpp"
#include "vmcp/assembly/composition.hpp"
#include "vmcp/audit/audit_log.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/door.hpp"
#include "vmcp/program/cluster_membership.hpp"
#include "vmcp/program/file_watch.hpp"
#include "vmcp/program/reload_outcome.hpp"
#include "vmcp/supervision/supervisor.hpp"
#include "vmcp/telemetry/telemetry.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// What a reload acts on.
struct reload_targets {
    const std::string& config_path; // "-": standard input, which cannot be read again
    supervisor& backends;
    cluster_membership& cluster;
    file_watch& files;
    composition& parts;
    door& entrance;
    transport::worker& control;
    auth::cedar_admission& policy;
    audit_log& records;
    telemetry& spans;
    published<boost::asio::ssl::context>& tls;
    bool loopback; // the listener for clients
};

// Reads the file again and puts it into effect, whole or not at all: a configuration with mistakes changes
// nothing. Writes the log; `why` says what asked for it. On the control thread.
[[nodiscard]] reload_outcome reload(const reload_targets& on, const std::shared_ptr<const config>& current,
                                    std::string_view why);

} // namespace vmcp
