// audit: where the file is, and keys without effect.
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <algorithm>

namespace vmcp {

void settle_audit(settling& at) {
    const auto path = key_path{} / "audit";
    auto& audit = at.draft.out.audit;
    if (at.sources.given.audit)
        audit.enabled = true;
    if (!audit.log_file.empty())
        audit.log_file = resolve_path(at.document.file, audit.log_file);
    if (!at.has(path))
        return;
    if (!audit.enabled && !at.has(path / "enabled"))
        at.warn(path, "has no effect without 'enabled: true' (or --enable-audit)");
    const auto excluded = [&](const std::string& type) {
        return std::ranges::find(audit.exclude_event_types, type) != audit.exclude_event_types.end();
    };
    if (!audit.event_types.empty() && std::ranges::all_of(audit.event_types, excluded))
        at.warn(path / "excludeEventTypes", "has all that eventTypes has: no line is written");
}

} // namespace vmcp
