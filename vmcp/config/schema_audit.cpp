// The rows of audit.
#include "vmcp/config/schema_builders.hpp"

#include "vmcp/model/audit.hpp"

namespace vmcp::schema {
namespace {

template <auto Member>
constexpr store_fn into_audit = into<&config::audit, Member>;

value_spec event_types() {
    return list_of(
        choice({audit_type_words.begin(), audit_type_words.end()},
               {"vmcp_workflow_started", "vmcp_workflow_completed", "vmcp_workflow_failed",
                "vmcp_workflow_timed_out", "vmcp_workflow_step_started", "vmcp_workflow_step_completed",
                "vmcp_workflow_step_failed", "vmcp_workflow_step_skipped"}));
}

void add_data_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "audit.includeRequestData",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc =
                        "Whether lines hold what clients sent. Passwords, tokens and what else has the name "
                        "of a secret are struck.",
                    .store = into_audit<&audit_config::request_data>});
    rows.push_back({.path = "audit.includeResponseData",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Whether lines hold what clients were answered, struck in the same way.",
                    .store = into_audit<&audit_config::response_data>});
    rows.push_back({.path = "audit.maxDataSize",
                    .spec = size(1, mib),
                    .fallback = "1KiB",
                    .doc =
                        "How much of each of the two a line holds. Of a longer one it holds the beginning, "
                        "as text.",
                    .store = into_audit<&audit_config::max_data>});
}

} // namespace

void add_audit_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "audit",
                    .spec = section(),
                    .doc = "The audit log: one line of JSON for each request of a client, as ToolHive writes "
                           "them. `--enable-audit` turns it on too."});
    rows.push_back({.path = "audit.enabled",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Whether lines are written.",
                    .store = into_audit<&audit_config::enabled>});
    rows.push_back({.path = "audit.component",
                    .spec = text(rules::line),
                    .fallback = "vmcp-server",
                    .doc = "The name of this gateway in each line.",
                    .store = into_audit<&audit_config::component>});
    rows.push_back({.path = "audit.eventTypes",
                    .spec = event_types(),
                    .doc = "The types that are written. Empty: all.",
                    .store = into_audit<&audit_config::event_types>});
    rows.push_back({.path = "audit.excludeEventTypes",
                    .spec = event_types(),
                    .doc = "Types that are not written, also where `eventTypes` has them.",
                    .store = into_audit<&audit_config::exclude_event_types>});
    add_data_rows(rows);
    rows.push_back({.path = "audit.detectApplicationErrors",
                    .spec = boolean(),
                    .fallback = "true",
                    .doc = "Whether a call that was answered with an error, or by a tool that says that it "
                           "failed, is an `application_error`, and not a `success`.",
                    .store = into_audit<&audit_config::detect_errors>});
    rows.push_back({.path = "audit.logFile",
                    .spec = text(rules::path),
                    .doc = "The file; a new one can be read and written by this user only (mode 0600). It is "
                           "opened again on SIGUSR1 and SIGHUP. Without it: standard output.",
                    .store = into_audit<&audit_config::log_file>});
    rows.push_back({.path = "audit.queueSize",
                    .spec = integer(1, 1'000'000),
                    .fallback = "10000",
                    .doc = "Lines that wait while the file cannot be written, 32 MiB at most. What finds no "
                           "room is lost, and counted.",
                    .store = into_audit<&audit_config::queue>});
    rows.push_back({.path = "audit.maxDelegationDepth", .doc = "", .not_yet = true});
}

} // namespace vmcp::schema
