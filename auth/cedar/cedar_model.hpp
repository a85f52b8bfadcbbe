// What a client wants to do, as a question to Cedar. The entity model is that of ToolHive's virtual MCP server, so
// that policies written for it decide the same here:
//
//   operation       action            resource            attributes of the resource
//   tools/call      "call_tool"       Tool::"name"        name, operation "call", feature "tool", the hints of its
//                                                         annotations, arg_*
//   prompts/get     "get_prompt"      Prompt::"name"      name, operation "get", feature "prompt", arg_*
//   resources/read  "read_resource"   Resource::"uri"     name, uri, operation "read", feature "resource"
//   lists           "list_tools" ..   FeatureType::"tool" name, type, operation "list", feature
//
// Resources are in MCP::"<server name>". The context holds claim_* and arg_*. A scalar argument is arg_<name>; of one
// that is an array, an object or null it is only told that it is there: arg_<name>_present.
#pragma once

#include "auth/cedar/caller.hpp"
#include "auth/cedar/values.hpp"
#include "vmcp/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

enum class cedar_operation : std::uint8_t {
    call_tool,
    get_prompt,
    read_resource, // also to subscribe to one, and to end that
    list_tools,
    list_prompts,
    list_resources,
};

// One thing that a client wants. The JSON is raw and may be empty or null where there is none.
struct cedar_target {
    cedar_operation operation = cedar_operation::call_tool;
    std::string_view name{};        // of the tool or prompt, the URI of the resource; not looked at for lists
    std::string_view annotations{}; // of the tool, from its server and never from a client
    std::string_view arguments{};   // of the call; none while a list is filtered
};

// errc::config when the settings cannot work: no server name, or a group type with a namespace. Whether the group
// type is a name at all is found by compile_policies.
[[nodiscard]] vmcp::result<> check_cedar_settings(const cedar_settings& settings);

// The entity types of all requests, for policy_source::types.
[[nodiscard]] std::vector<std::string> cedar_types(const cedar_settings& settings);

[[nodiscard]] cedar_entity make_action(cedar_operation operation, const cedar_view& view);

// errc::forbidden when an argument that policies look at cannot be told to Cedar truly: it stands there twice, is
// a number that is too large, or text without a UTF-8 form. Leaving it out would make it look absent.
// errc::invalid_params when the arguments are no JSON object.
[[nodiscard]] vmcp::result<cedar_entity> make_resource(const cedar_settings& settings,
                                                       const cedar_target& target, const cedar_view& view);

// The whole request; fails as make_resource does, and with errc::internal when the caller was made for another view.
[[nodiscard]] vmcp::result<cedar_request> make_request(const cedar_settings& settings,
                                                       const cedar_caller& caller, const cedar_target& target,
                                                       const cedar_view& view);

} // namespace auth
