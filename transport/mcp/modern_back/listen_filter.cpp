#include "transport/mcp/modern_back/listen_filter.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/backend_features.hpp"
#include "vmcp/model/peer_message.hpp"

#include <array>
#include <utility>

namespace transport {
namespace {

using vmcp::backend_json_depth;

constexpr std::array<std::pair<std::string_view, bool watched::*>, 3> lists{
    {{"toolsListChanged", &watched::tools},
     {"promptsListChanged", &watched::prompts},
     {"resourcesListChanged", &watched::resources}}};
constexpr std::string_view reserved = "io.modelcontextprotocol/";
constexpr std::string_view subscriptions = "resourceSubscriptions";

bool is_empty_object(std::string_view object) {
    return object.find_first_not_of(" \t\r\n", 1) == object.size() - 1;
}

} // namespace

std::string listen_params(const watched& wanted) {
    std::string out;
    const auto add = [&out](std::string_view name, std::string_view value) {
        out.append(out.empty() ? "\"" : ",\"").append(name).append("\":").append(value);
    };
    for (const auto& [name, of] : lists)
        if (wanted.*of)
            add(name, "true");
    if (!wanted.uris.empty()) {
        std::string all;
        for (const auto& uri : wanted.uris)
            all.append(all.empty() ? "[" : ",").append(vmcp::quoted(uri));
        add(subscriptions, all + "]");
    }
    return R"({"notifications":{)" + out + "}}";
}

watched read_acknowledged(std::string_view raw_params) {
    watched out;
    const auto granted = vmcp::json_member(raw_params, "notifications", backend_json_depth).raw;
    for (const auto& [name, of] : lists)
        out.*of = vmcp::json_member(granted, name, backend_json_depth).raw == "true";
    vmcp::json_cursor cursor(vmcp::json_optional(granted, subscriptions, backend_json_depth).raw,
                             backend_json_depth);
    bool done = false;
    vmcp::json_slice uri;
    if (cursor.enter_array())
        while (cursor.next_element(done) && !done && cursor.value(uri))
            if (auto text = vmcp::unquoted(uri.raw))
                out.uris.insert(*std::move(text));
    return out;
}

watched told_by(std::string_view raw_capabilities) {
    const auto has = vmcp::read_features(raw_capabilities);
    return {.tools = has.tools_changed, .prompts = has.prompts_changed, .resources = has.resources_changed};
}

std::string update_params(std::string_view raw_params, std::string_view exposed) {
    std::string out = R"({"uri":)" + vmcp::quoted(exposed);
    const auto rest = vmcp::without_members(
        raw_params, [](std::string_view name) { return name == "uri" || name == "_meta"; });
    if (!is_empty_object(rest))
        out.append(",").append(rest.substr(1, rest.size() - 2));
    const auto meta = vmcp::json_optional(raw_params, "_meta", backend_json_depth);
    if (meta.kind == vmcp::json_kind::object && !meta.empty()) {
        const auto own =
            vmcp::without_members(meta.raw, [](std::string_view name) { return name.starts_with(reserved); });
        if (!is_empty_object(own))
            out.append(R"(,"_meta":)").append(own);
    }
    return out + "}";
}

} // namespace transport
