// Origins and hosts are taken apart and compared part by part, never by prefix.
#include "transport/http/origin_policy.hpp"

#include "vmcp/base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace transport {

namespace {

constexpr std::string_view any = "*";
constexpr std::string_view opaque = "null";

bool is_one_of(char c, std::string_view others) noexcept {
    const char l = vmcp::lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
}

bool all_of(std::string_view text, std::string_view others) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [others](char c) { return is_one_of(c, others); });
}

// `name`, `name:port` or `[address]:port`. The port `*` stands for every port, in entries only.
struct authority {
    std::string_view host{};
    std::optional<std::uint16_t> port{};
    bool any_port = false;
};

std::optional<authority> parse_authority(std::string_view text, bool entry) noexcept {
    authority result;
    std::size_t host_size = text.find(':');
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos || !all_of(text.substr(1, close - 1), ":."))
            return std::nullopt;
        host_size = close + 1;
    }
    result.host = text.substr(0, host_size);
    if (!text.starts_with('[') && !all_of(result.host, "-._"))
        return std::nullopt;
    text.remove_prefix(result.host.size());
    if (text.empty())
        return result;
    if (!text.starts_with(':'))
        return std::nullopt;
    text.remove_prefix(1);
    if (entry && text == any) {
        result.any_port = true;
        return result;
    }
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    result.port = port;
    return result;
}

// An origin as browsers write it (RFC 6454, 6.2), with the scheme's own port filled in.
struct origin_parts {
    std::string_view scheme{};
    authority where{};
};

std::optional<origin_parts> parse_origin(std::string_view text, bool entry) noexcept {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos || !all_of(text.substr(0, colon), "+-."))
        return std::nullopt;
    const auto where = parse_authority(text.substr(colon + 3), entry);
    if (!where)
        return std::nullopt;
    origin_parts result{text.substr(0, colon), *where};
    if (!result.where.port && vmcp::iequals(result.scheme, "http"))
        result.where.port = std::uint16_t{80};
    else if (!result.where.port && vmcp::iequals(result.scheme, "https"))
        result.where.port = std::uint16_t{443};
    return result;
}

bool is_loopback(std::string_view host) noexcept {
    return vmcp::iequals(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

bool matches(const origin_parts& origin, std::string_view entry) noexcept {
    const auto allowed = parse_origin(entry, true);
    return allowed && vmcp::iequals(origin.scheme, allowed->scheme) &&
           vmcp::iequals(origin.where.host, allowed->where.host) &&
           (allowed->where.any_port || origin.where.port == allowed->where.port);
}

bool matches(const authority& host, std::string_view entry) noexcept {
    const auto allowed = parse_authority(entry, true);
    return allowed && vmcp::iequals(host.host, allowed->host) &&
           (allowed->any_port || !allowed->port || host.port == allowed->port);
}

} // namespace

bool is_allowed_origin(std::string_view origin, const origin_policy& policy) {
    const auto parts = parse_origin(origin, false);
    if (policy.allowed_origins.empty())
        return policy.loopback_listener && parts && is_loopback(parts->where.host) &&
               (vmcp::iequals(parts->scheme, "http") || vmcp::iequals(parts->scheme, "https"));
    return std::any_of(policy.allowed_origins.begin(), policy.allowed_origins.end(),
                       [&](std::string_view entry) {
                           if (entry == any)
                               return true;
                           return entry == opaque ? origin == opaque : parts && matches(*parts, entry);
                       });
}

bool is_allowed_host(std::string_view host, const origin_policy& policy) {
    const auto parts = parse_authority(host, false);
    if (policy.allowed_hosts.empty())
        return !policy.loopback_listener || (parts && is_loopback(parts->host));
    return std::any_of(policy.allowed_hosts.begin(), policy.allowed_hosts.end(), [&](std::string_view entry) {
        return entry == any || (parts && matches(*parts, entry));
    });
}

origin_verdict check_origin_and_host(std::optional<std::string_view> origin, std::string_view host,
                                     const origin_policy& policy) {
    if (!is_allowed_host(host, policy))
        return origin_verdict::host_refused;
    if (origin && !is_allowed_origin(*origin, policy))
        return origin_verdict::origin_refused;
    return origin_verdict::allowed;
}

} // namespace transport
