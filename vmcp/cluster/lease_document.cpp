#include "vmcp/cluster/lease_document.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace vmcp {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

int number_of(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_number_integer())
        return 0;
    constexpr std::int64_t most = 1'000'000'000;
    return static_cast<int>(std::clamp<std::int64_t>(it->get<std::int64_t>(), 0, most));
}

} // namespace

result<lease_record> read_lease(std::string_view body) {
    const auto object = json_valid(body) ? json::parse(body, nullptr, false) : json();
    const auto metadata = object.is_object() ? object.find("metadata") : object.end();
    if (!object.is_object() || metadata == object.end() || !metadata->is_object() ||
        text_of(*metadata, "resourceVersion").empty())
        return fail(errc::io, "the API server's answer is no Lease");
    lease_record out{.resource_version = text_of(*metadata, "resourceVersion")};
    const auto spec = object.find("spec");
    if (spec == object.end() || !spec->is_object())
        return out;
    out.holder = text_of(*spec, "holderIdentity");
    out.duration_seconds = number_of(*spec, "leaseDurationSeconds");
    out.acquired = text_of(*spec, "acquireTime");
    out.renewed = text_of(*spec, "renewTime");
    out.transitions = number_of(*spec, "leaseTransitions");
    return out;
}

std::string lease_text(const std::string& name, const lease_record& record, const stored_server& owner) {
    json metadata{{"name", name},
                  {"namespace", owner.name_space},
                  {"ownerReferences",
                   {{{"apiVersion", owner.api_version},
                     {"kind", "VirtualMCPServer"},
                     {"name", owner.name},
                     {"uid", owner.uid}}}}};
    if (!record.resource_version.empty())
        metadata["resourceVersion"] = record.resource_version;
    const json all{{"apiVersion", "coordination.k8s.io/v1"},
                   {"kind", "Lease"},
                   {"metadata", std::move(metadata)},
                   {"spec",
                    {{"holderIdentity", record.holder},
                     {"leaseDurationSeconds", record.duration_seconds},
                     {"acquireTime", record.acquired},
                     {"renewTime", record.renewed},
                     {"leaseTransitions", record.transitions}}}};
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string lease_name(std::string_view server) {
    constexpr std::string_view ending = "-vmcp-status";
    constexpr std::size_t longest = 253; // of a DNS subdomain, as names of objects are
    auto front = server.substr(0, longest - ending.size());
    while (front.ends_with('.') || front.ends_with('-'))
        front.remove_suffix(1);
    return std::string(front).append(ending);
}

} // namespace vmcp
