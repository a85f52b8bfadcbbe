#include "vmcp/cluster/cluster_auth.hpp"

#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace vmcp {
namespace {

using nlohmann::json;

// These members as they are, where they say something; zero values are what Go leaves out, or not.
void copy(json& to, const json& from, std::initializer_list<const char*> keys) {
    for (const char* const key : keys) {
        const auto& found = member_at(from, key);
        const bool empty = found.is_null() || (found.is_string() && found.get<std::string>().empty()) ||
                           (found.is_array() && found.empty());
        if (!empty)
            to[key] = found;
    }
}

void copy_secret(json& to, const json& from, const char* key, const char* ref, referred_values& values) {
    if (const auto& found = member_at(from, ref); found.is_object())
        to[key] = values.secret(found);
}

json header_injection(const json& block, referred_values& values) {
    return {{"type", "header_injection"},
            {"headerInjection",
             {{"headerName", text_at(block, "headerName")},
              {"headerValue", values.secret(member_at(block, "valueSecretRef"))}}}};
}

json bearer_token(const json& block, referred_values& values) {
    return {{"type", "header_injection"},
            {"headerInjection",
             {{"headerName", "Authorization"},
              {"headerValue", "Bearer " + values.secret(member_at(block, "tokenSecretRef"))}}}};
}

json token_exchange(const json& block, referred_values& values) {
    json section = json::object();
    copy(section, block,
         {"tokenUrl", "clientId", "audience", "scopes", "subjectTokenType", "subjectProviderName"});
    copy_secret(section, block, "clientSecret", "clientSecretRef", values);
    if (!text_at(block, "externalTokenHeaderName").empty())
        values.complain("tokenExchange.externalTokenHeaderName is not supported");
    return {{"type", "token_exchange"}, {"tokenExchange", std::move(section)}};
}

json aws_sts(const json& block) {
    json section = json::object();
    copy(section, block,
         {"region", "service", "fallbackRoleArn", "roleMappings", "roleClaim", "sessionDuration",
          "sessionNameClaim", "subjectProviderName"});
    return {{"type", "aws_sts"}, {"awsSts", std::move(section)}};
}

json xaa(const json& block, referred_values& values) {
    json section = json::object();
    copy(section, block,
         {"idpTokenUrl", "idpClientId", "targetTokenUrl", "targetClientId", "targetAudience",
          "targetResource", "scopes", "subjectTokenType", "subjectProviderName"});
    copy_secret(section, block, "idpClientSecret", "idpClientSecretRef", values);
    copy_secret(section, block, "targetClientSecret", "targetClientSecretRef", values);
    if (member_at(block, "insecureTargetTokenUrl") == json(true))
        values.complain("xaa.insecureTargetTokenUrl is not supported");
    return {{"type", "xaa"}, {"xaa", std::move(section)}};
}

} // namespace

json strategy_of(const json& spec, referred_values& values) {
    const auto type = text_at(spec, "type");
    const auto& block = member_at(spec, type.c_str());
    if (type == "unauthenticated")
        return {{"type", "unauthenticated"}};
    if (type == "headerInjection")
        return header_injection(block, values);
    if (type == "bearerToken")
        return bearer_token(block, values);
    if (type == "tokenExchange")
        return token_exchange(block, values);
    if (type == "awsSts")
        return aws_sts(block);
    if (type == "xaa")
        return xaa(block, values);
    values.complain(fmt::format("its type '{}' is not supported", excerpt_of(type)));
    return {{"type", "unauthenticated"}};
}

} // namespace vmcp
