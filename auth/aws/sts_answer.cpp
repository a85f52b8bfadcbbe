#include "auth/aws/sts_answer.hpp"

#include "auth/aws/xml_texts.hpp"
#include "auth/introspection.hpp"
#include "vmcp/base/excerpt.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace auth {
namespace {

token_refusal senseless(std::string text) {
    return {.text = "AWS's token service " + std::move(text)};
}

bool visible(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// Of AWS's documentation: they say nothing of whom they are about.
bool is_documented(std::string_view code) noexcept {
    constexpr std::string_view known[] = {
        "AccessDenied",         "ExpiredTokenException",   "IDPCommunicationError",
        "IDPRejectedClaim",     "InvalidIdentityToken",    "MalformedPolicyDocument",
        "PackedPolicyTooLarge", "RegionDisabledException", "ServiceUnavailable",
        "Throttling",           "ValidationError"};
    return std::ranges::find(known, code) != std::end(known);
}

token_refusal refusal_of(const xml_texts& said, unsigned status, std::span<const std::string> secrets) {
    token_refusal out{.text = "AWS's token service refused (status " + std::to_string(status) + ")",
                      .refused = status < 500 && status != 429};
    const auto code = text_at(said, "ErrorResponse/Error/Code");
    if (is_documented(code))
        out.text.append(": ").append(code);
    else
        out.words = vmcp::excerpt_of(code, secrets);
    if (const auto more = vmcp::excerpt_of(text_at(said, "ErrorResponse/Error/Message"), secrets);
        !more.empty())
        out.words.append(out.words.empty() ? "" : ", ").append(more);
    return out;
}

// So many digits as a number.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t size) {
    int out = 0;
    const auto part = text.substr(std::min(at, text.size()), size);
    const auto read = std::from_chars(part.data(), part.data() + part.size(), out);
    const bool whole = part.size() == size && read.ec == std::errc() && read.ptr == part.data() + size;
    return whole && part.front() != '-' ? std::optional(out) : std::nullopt;
}

} // namespace

std::string assume_role_form(const role_terms& terms) {
    std::string out = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    for (const auto& [name, value] :
         {std::pair("RoleArn", terms.role), std::pair("RoleSessionName", terms.session_name),
          std::pair("DurationSeconds", std::to_string(terms.seconds)),
          std::pair("WebIdentityToken", terms.token)})
        out.append("&").append(name).append("=").append(form_urlencoded(value));
    return out;
}

std::string sts_url_of(std::string_view region) {
    std::string out = "https://sts.";
    out.append(region).append(".amazonaws.com").append(region.starts_with("cn-") ? ".cn/" : "/");
    return out;
}

std::optional<wall_time> read_iso_time(std::string_view text) {
    namespace chrono = std::chrono;
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() <= form.size() || !text.ends_with('Z'))
        return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] != '0' && form[i] != text[i])
            return std::nullopt;
    const auto rest = text.substr(form.size(), text.size() - form.size() - 1);
    if (!rest.empty() && (rest.front() != '.' || rest.find_first_not_of("0123456789", 1) != rest.npos))
        return std::nullopt;
    constexpr std::array<std::pair<std::size_t, std::size_t>, 6> places{
        {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
    std::array<int, places.size()> parts{};
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto one = number(text, places[i].first, places[i].second);
        if (!one)
            return std::nullopt;
        parts[i] = *one;
    }
    const chrono::year_month_day day{chrono::year(parts[0]), chrono::month(static_cast<unsigned>(parts[1])),
                                     chrono::day(static_cast<unsigned>(parts[2]))};
    constexpr int least_year = 1970; // wall_time counts nanoseconds: other times may not fit
    constexpr int most_year = 2200;
    if (!day.ok() || parts[0] < least_year || parts[0] > most_year || parts[3] > 23 || parts[4] > 59 ||
        parts[5] > 60)
        return std::nullopt;
    return chrono::sys_days(day) + chrono::hours(parts[3]) + chrono::minutes(parts[4]) +
           chrono::seconds(parts[5]);
}

token_result<assumed_role> read_role_answer(const fetch_result& from, std::span<const std::string> secrets) {
    if (from.status == 0)
        return senseless("cannot be asked: " + vmcp::excerpt_of(from.error, secrets));
    if (from.status >= 300 && from.status < 400)
        return senseless("redirects, which is not followed");
    if (from.truncated || from.body.size() > max_sts_answer)
        return senseless("gave an answer that is too long");
    const auto said = read_xml(from.body);
    if (!said)
        return senseless("answered with status " + std::to_string(from.status) +
                         " and no XML that vmcp reads");
    if (from.status != 200)
        return refusal_of(*said, from.status, secrets);
    constexpr std::string_view path =
        "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/";
    const auto at = [&](std::string_view name) {
        return std::string(text_at(*said, std::string(path).append(name)));
    };
    assumed_role out{.keys = {at("AccessKeyId"), at("SecretAccessKey"), at("SessionToken")}};
    if (!visible(out.keys.access_key) || !visible(out.keys.secret_key) || !visible(out.keys.session_token))
        return senseless("gave no usable credentials");
    const auto expiry = read_iso_time(at("Expiration"));
    if (!expiry)
        return senseless("gave credentials without a time at which they expire");
    out.expiry = *expiry;
    return out;
}

} // namespace auth
