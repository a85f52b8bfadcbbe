#include "vmcp/cluster/cluster_objects.hpp"

#include "vmcp/base/excerpt.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace vmcp {
namespace {

using nlohmann::json;

constexpr std::string_view toolhive = "/apis/toolhive.stacklok.dev/v1beta1";

// Of `from`, which may be anything, these members.
json picked(const json& from, std::initializer_list<const char*> keys) {
    json out = json::object();
    if (from.is_object())
        for (const char* const key : keys)
            if (const auto found = from.find(key); found != from.end() && !found->is_null())
                out[key] = *found;
    return out;
}

json member(const json& object, const char* key) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? json() : *found;
}

// What tools of the cluster note for themselves is of no use to people here.
bool is_shown(std::string_view annotation) {
    const auto prefix = annotation.substr(0, annotation.find('/'));
    if (prefix == annotation)
        return true;
    return !prefix.starts_with("kubectl") && prefix != "kubernetes.io" &&
           !prefix.ends_with(".kubernetes.io") && prefix != "k8s.io" && !prefix.ends_with(".k8s.io");
}

json annotations_of(const json& metadata) {
    constexpr std::size_t most = 32;
    json out = json::object();
    const auto all = member(metadata, "annotations");
    if (!all.is_object())
        return out;
    for (const auto& [name, value] : all.items())
        if (out.size() < most && value.is_string() && is_shown(name))
            out[excerpt_of(name)] = excerpt_of(value.get<std::string>());
    return out;
}

std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::string_view name_of(workload_kind kind) noexcept {
    switch (kind) {
    case workload_kind::server:
        return "MCPServer";
    case workload_kind::remote_proxy:
        return "MCPRemoteProxy";
    case workload_kind::entry:
        break;
    }
    return "MCPServerEntry";
}

std::string_view name_of(referred_kind kind) noexcept {
    switch (kind) {
    case referred_kind::auth_config:
        return "MCPExternalAuthConfig";
    case referred_kind::tool_config:
        return "MCPToolConfig";
    case referred_kind::secret:
        return "Secret";
    case referred_kind::config_map:
        break;
    }
    return "ConfigMap";
}

std::string collection_of(workload_kind kind, std::string_view name_space) {
    const std::string_view resource = kind == workload_kind::server         ? "mcpservers"
                                      : kind == workload_kind::remote_proxy ? "mcpremoteproxies"
                                                                            : "mcpserverentries";
    return fmt::format("{}/namespaces/{}/{}", toolhive, name_space, resource);
}

std::string collection_of(referred_kind kind, std::string_view name_space) {
    switch (kind) {
    case referred_kind::auth_config:
        return fmt::format("{}/namespaces/{}/mcpexternalauthconfigs", toolhive, name_space);
    case referred_kind::tool_config:
        return fmt::format("{}/namespaces/{}/mcptoolconfigs", toolhive, name_space);
    case referred_kind::secret:
        return fmt::format("/api/v1/namespaces/{}/secrets", name_space);
    case referred_kind::config_map:
        break;
    }
    return fmt::format("/api/v1/namespaces/{}/configmaps", name_space);
}

std::string kept_of_workload(std::string_view object) {
    const auto whole = json::parse(object, nullptr, false);
    const auto metadata = member(whole, "metadata");
    json out = json::object();
    out["spec"] =
        picked(member(whole, "spec"), {"transport", "proxyMode", "groupRef", "externalAuthConfigRef",
                                       "headerForward", "caBundleRef", "remoteUrl"});
    out["status"] = picked(member(whole, "status"), {"url", "phase"});
    out["annotations"] = annotations_of(metadata);
    out["ending"] = !member(metadata, "deletionTimestamp").is_null();
    return text_of(out);
}

std::string kept_of(referred_kind kind, std::string_view object) {
    const auto whole = json::parse(object, nullptr, false);
    switch (kind) {
    case referred_kind::auth_config:
        return text_of(
            picked(member(whole, "spec"), {"type", "tokenExchange", "headerInjection", "bearerToken",
                                           "awsSts", "xaa", "upstreamInject", "obo"}));
    case referred_kind::tool_config:
        return text_of(picked(member(whole, "spec"), {"toolsFilter", "toolsOverride"}));
    case referred_kind::secret:
    case referred_kind::config_map:
        break;
    }
    const auto data = member(whole, "data");
    return text_of(data.is_object() ? data : json::object());
}

} // namespace vmcp
