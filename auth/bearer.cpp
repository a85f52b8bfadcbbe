#include "auth/bearer.hpp"

#include "auth/jws.hpp"
#include "auth/text.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/percent.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace auth {
namespace {

rejection malformed(std::string_view detail) {
    return {refusal::invalid_request, std::string(detail)};
}

bool is_token_char(char c) noexcept {
    constexpr std::string_view marks = "-._~+/";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

std::optional<token_scheme> scheme_from(std::string_view name, bool dpop) {
    const auto low = vmcp::lowered(name);
    if (low == "bearer")
        return token_scheme::bearer;
    if (low == "dpop" && dpop)
        return token_scheme::dpop;
    return std::nullopt;
}

} // namespace

bool is_b64token(std::string_view text) noexcept {
    const auto padding = std::find_if_not(text.begin(), text.end(), is_token_char);
    return padding != text.begin() && std::all_of(padding, text.end(), [](char c) { return c == '='; });
}

bool has_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        if (vmcp::percent_decoded_loosely(pair.substr(0, pair.find('='))) == name)
            return true;
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return false;
}

verdict<credentials> read_credentials(std::span<const std::string_view> authorization, std::string_view query,
                                      bool dpop) {
    if (has_parameter(query, "access_token"))
        return malformed("the query holds an access_token; tokens belong in the Authorization field");
    if (authorization.empty())
        return rejection{refusal::no_credentials, "the request has no Authorization field"};
    if (authorization.size() > 1)
        return malformed("the request has more than one Authorization field");
    auto rest = authorization.front();
    const auto blank = std::min(rest.find(' '), rest.size());
    const auto scheme = scheme_from(rest.substr(0, blank), dpop);
    if (!scheme)
        return rejection{refusal::no_credentials, "the request's Authorization field is of another scheme"};
    rest.remove_prefix(blank);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!is_b64token(rest))
        return malformed("what follows the scheme in the Authorization field is no token");
    if (rest.size() > max_token)
        return rejection{refusal::invalid_token, "the token is longer than 16 KiB"};
    return credentials{*scheme, rest};
}

} // namespace auth
