#include "auth/aws/roles.hpp"

#include "auth/aws/signature_v4.hpp"
#include "auth/digest.hpp"
#include "auth/json_object.hpp"

#include <algorithm>
#include <limits>

namespace auth {
namespace {

constexpr std::size_t longest_name = 64;

bool fits(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
}

// A mapping without a priority comes after all that have one.
std::uint64_t rank_of(const vmcp::role_mapping& one) {
    return one.priority ? *one.priority : std::numeric_limits<std::uint64_t>::max();
}

} // namespace

std::vector<std::string> claim_texts(std::string_view claims, std::string_view name) {
    const auto object = json_object::parse(claims);
    if (!object)
        return {};
    if (object->has(name)) {
        auto texts = object->string_or_strings(name);
        return texts && *texts ? std::move(**texts) : std::vector<std::string>();
    }
    const auto dot = name.find('.');
    if (dot == name.npos)
        return {};
    const auto inner = object->find(name.substr(0, dot));
    return inner.kind == vmcp::json_kind::object ? claim_texts(inner.raw, name.substr(dot + 1))
                                                 : std::vector<std::string>();
}

parsed<std::string> role_for(const vmcp::aws_strategy& by, std::string_view claims) {
    const auto values = claim_texts(claims, by.role_claim);
    const vmcp::role_mapping* best = nullptr;
    for (const auto& one : by.mappings)
        if (std::ranges::find(values, one.claim) != values.end() &&
            (best == nullptr || rank_of(one) < rank_of(*best)))
            best = &one;
    if (best != nullptr)
        return best->role;
    if (by.fallback_role.empty())
        return flawed("no role is for this caller: no value of its claim '" + by.role_claim +
                      "' has a mapping, and there is no fallbackRoleArn");
    return by.fallback_role;
}

parsed<std::string> session_name_for(const vmcp::aws_strategy& by, std::string_view claims) {
    const auto values = claim_texts(claims, by.session_name_claim);
    if (values.size() != 1 || values.front().empty())
        return flawed("this caller has no claim '" + by.session_name_claim + "' that could name its session");
    const auto& value = values.front();
    if (value.size() >= 2 && value.size() <= longest_name && std::ranges::all_of(value, fits))
        return value;
    constexpr std::size_t digest_bytes = 4;
    const auto digest = hex_of(bytes_of(sha256(value)).substr(0, digest_bytes));
    auto name = value.substr(0, longest_name - 1 - digest.size());
    std::ranges::replace_if(name, [](char c) { return !fits(c); }, '-');
    return name + "-" + digest;
}

} // namespace auth
