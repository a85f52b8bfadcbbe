// A Lease as JSON (coordination.k8s.io/v1). Pure.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/cluster/lease_machine.hpp"
#include "vmcp/cluster/status_document.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// Fails with errc::io when that is no Lease.
[[nodiscard]] result<lease_record> read_lease(std::string_view body);

// The whole object, to be created (its record has no resource_version) or put in the place of that version. It belongs to
// `owner`, and is deleted with it.
[[nodiscard]] std::string lease_text(const std::string& name, const lease_record& record,
                                     const stored_server& owner);

// "NAME-vmcp-status"; a name so long that this would be none is cut.
[[nodiscard]] std::string lease_name(std::string_view server);

} // namespace vmcp
