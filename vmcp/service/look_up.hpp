// Where the name or URI of a request leads.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/service/snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The name or URI a request must have, decoded.
[[nodiscard]] result<std::string> required(const json_slice& member, std::string_view name);

// A tool or prompt, also one that is withdrawn because its backend is down: where it leads, null when there is none, and
// the catalog that says so.
struct named_route {
    const route* to = nullptr;
    const catalog* in = nullptr; // never null
};
[[nodiscard]] named_route find_named(const snapshot& snap, list_kind kind, std::string_view exposed) noexcept;

// Where a URI leads, nothing when it leads nowhere, and the catalog that says so.
struct found_uri {
    std::optional<route> to{};
    const catalog* in = nullptr; // never null
};
// The owner of a URI that is listed, mentioned by a tool, or fits a template, also of one that is withdrawn; else the
// backend that mentioned it to this client (links in results need not be listed: MCP 2025-11-25, server/tools, "Resource
// Links"). `session` is null for a client without one.
[[nodiscard]] found_uri find_any_resource(const snapshot& snap, const client_session* session,
                                          std::string_view uri);

// By which URIs policies know what was found: those of catalog::names_of(); of what nobody has, the one that was written
// and its normal form.
[[nodiscard]] std::vector<std::string> names_of(const found_uri& found, std::string_view written);

// What a completion is about (MCP 2025-11-25, server/utilities/completion).
struct completion_reference {
    bool prompt = false;
    json_slice slice{};    // of the name or URI in the request
    std::string exposed{}; // decoded
};
[[nodiscard]] result<completion_reference> read_reference(const message& request);

// The owner of what it is about: a prompt, a template, or else a resource; and by which names policies know it.
struct found_reference {
    std::optional<route> to{};
    std::vector<std::string> names{};
};
[[nodiscard]] found_reference find_reference(const snapshot& snap, const completion_reference& about);

} // namespace vmcp
