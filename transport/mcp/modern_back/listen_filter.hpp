// What a backend of the stateless revision is asked to tell, and what it says it will (MCP 2026-07-28,
// basic/patterns/subscriptions). Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace transport {

struct watched {
    bool tools = false; // changes of the list
    bool prompts = false;
    bool resources = false;
    std::set<std::string> uris{}; // of resources whose updates are wanted

    [[nodiscard]] bool none() const noexcept { return !tools && !prompts && !resources && uris.empty(); }
    friend bool operator==(const watched&, const watched&) = default;
};

// The params of subscriptions/listen, but `_meta`.
[[nodiscard]] std::string listen_params(const watched& wanted);

// What the params of notifications/subscriptions/acknowledged grant.
[[nodiscard]] watched read_acknowledged(std::string_view raw_params);

// The lists whose changes a backend tells, by its raw ServerCapabilities.
[[nodiscard]] watched told_by(std::string_view raw_capabilities);

// The params of notifications/resources/updated for a client that calls the resource `exposed`: without what belongs to the
// subscription that it came on.
[[nodiscard]] std::string update_params(std::string_view raw_params, std::string_view exposed);

} // namespace transport
