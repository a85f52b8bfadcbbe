#include "auth/tokens/token_answer.hpp"

#include "auth/json_object.hpp"
#include "auth/text.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace auth {
namespace {

using namespace std::chrono_literals;

token_refusal senseless(std::string text) {
    return {.text = "the token endpoint " + std::move(text)};
}

// RFC 6749 (5.2), RFC 8693, RFC 8707, OpenID Connect Core: words of a protocol, which say nothing of whom they are about.
bool is_registered(std::string_view code) noexcept {
    constexpr std::string_view known[] = {
        "invalid_request",        "invalid_client",          "invalid_grant",  "unauthorized_client",
        "unsupported_grant_type", "invalid_scope",           "invalid_target", "access_denied",
        "server_error",           "temporarily_unavailable", "login_required", "consent_required",
        "interaction_required",   "insufficient_scope",      "slow_down",      "use_dpop_nonce"};
    return std::ranges::find(known, code) != std::end(known);
}

// The words of an error answer; nothing of a body that is none.
token_refusal refusal_of(const json_object& object, std::string_view status,
                         std::span<const std::string> secrets) {
    const auto words = [&](std::string_view name) {
        const auto said = object.string(name);
        return said && *said ? vmcp::excerpt_of(**said, secrets) : std::string();
    };
    token_refusal out{.text = "the token endpoint refused (" + std::string(status) + ")", .refused = true};
    if (const auto code = object.string("error"); code && *code && is_registered(**code))
        out.text += ": " + **code;
    else
        out.words = words("error");
    if (const auto more = words("error_description"); !more.empty())
        out.words += (out.words.empty() ? "" : ", ") + more;
    return out;
}

bool visible(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// A number, or, as some write it, a number in a string.
token_result<std::optional<seconds>> life_of(const json_object& object) {
    const auto member = object.find("expires_in");
    if (member.empty() || member.raw == "null")
        return std::optional<seconds>();
    std::string_view digits = member.raw;
    if (member.kind == vmcp::json_kind::string && digits.size() >= 2)
        digits = digits.substr(1, digits.size() - 2);
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || !(value >= 0))
        return senseless("gave a token with an expires_in that is no number of seconds");
    constexpr double most = 10.0 * 365 * 24 * 3600;
    return std::optional(seconds(static_cast<std::int64_t>(std::min(value, most))));
}

token_result<issued_token> token_of(const json_object& object, const answer_rules& rules) {
    const auto text = [&](std::string_view name) {
        const auto said = object.string(name);
        return said && *said ? **said : std::string();
    };
    issued_token out{.value = text("access_token")};
    if (out.value.empty() || out.value.size() > max_issued_token || !visible(out.value))
        return senseless("gave no usable access_token");
    if (!vmcp::iequals(text("token_type"), rules.token_type))
        return senseless("gave a token whose token_type is not " + std::string(rules.token_type));
    const auto issued = text("issued_token_type");
    if (rules.needs_issued_type && issued.empty())
        return senseless("gave a token without issued_token_type, as no token exchange does");
    if (!rules.issued_type.empty() && issued != rules.issued_type)
        return senseless("issued another type of token than was asked for");
    const auto life = life_of(object);
    if (!life)
        return life.error();
    out.expires_in = *life;
    return out;
}

} // namespace

void throw_exception_from_error(const token_refusal& error, const boost::source_location&) {
    throw std::logic_error("value of a failed result: " + error.text);
}

token_result<issued_token> read_token_answer(const fetch_result& from, const answer_rules& rules,
                                             std::span<const std::string> secrets) {
    if (from.status == 0)
        return token_refusal{.text = "the token endpoint cannot be asked: " +
                                     vmcp::excerpt_of(from.error, secrets)};
    if (from.status >= 300 && from.status < 400)
        return senseless("redirects, which is not followed");
    if (from.truncated)
        return senseless("gave an answer that is too long");
    const auto status = "status " + std::to_string(from.status);
    const auto object = json_object::parse(from.body);
    const bool good = from.status >= 200 && from.status < 300;
    if (!object)
        return senseless("answered with " + status + " and no JSON object");
    if (object->has("error") || !good) {
        auto out = refusal_of(*object, status, secrets);
        out.refused = good || from.status < 500;
        return out;
    }
    return token_of(*object, rules);
}

seconds use_for(const std::optional<seconds>& expires_in) noexcept {
    if (!expires_in)
        return 5min;
    const auto left = *expires_in - std::max<seconds>(30s, *expires_in / 10);
    return std::clamp<seconds>(left, 0s, 24h);
}

seconds keep_refusal(const token_refusal& why) noexcept {
    return why.refused ? 5s : 1s;
}

} // namespace auth
