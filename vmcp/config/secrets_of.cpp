#include "vmcp/config/secrets_of.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace vmcp {
namespace {

// As it is meant: without percent-encoding, so that it is found however a peer writes it.
std::string decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto one = text[0] == '%' ? first_written(text) : written_character{text[0], 1};
        out.push_back(one.meant);
        text.remove_prefix(one.length);
    }
    return out;
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Long, and both letters and digits: names that people give are not like that, keys and UUIDs are.
bool looks_like_key(std::string_view segment) noexcept {
    constexpr std::size_t shortest = 16;
    return segment.size() >= shortest && std::ranges::any_of(segment, is_digit) &&
           std::ranges::any_of(segment, is_letter);
}

template <class Function>
void for_each_part(std::string_view text, char separator, Function&& function) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        function(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Most variables are none, and striking out "true" or "production" would leave nothing to read.
bool is_secret_variable(std::string_view name, std::string_view value) {
    constexpr std::array<std::string_view, 16> words{
        "KEY", "TOKEN",   "SECRET", "PASS",    "PWD",    "AUTH", "CRED",    "COOKIE",
        "DSN", "PRIVATE", "SIGN",   "SESSION", "BEARER", "URL",  "CONNECT", "WEBHOOK"};
    return looks_like_key(value) ||
           std::ranges::any_of(words, [&](std::string_view word) { return icontains(name, word); });
}

} // namespace

std::vector<std::string> secrets_in_url(std::string_view url) {
    std::vector<std::string> out;
    const auto scheme = url.find("://");
    const auto path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
    if (path == std::string_view::npos)
        return out;
    const auto target = url.substr(path);
    const auto query = std::min(target.find('?'), target.size());
    for_each_part(target.substr(0, query), '/', [&](std::string_view segment) {
        if (looks_like_key(segment))
            out.push_back(decoded(segment));
    });
    for_each_part(target.substr(std::min(query + 1, target.size())), '&', [&](std::string_view pair) {
        const auto sign = pair.find('=');
        out.push_back(decoded(sign == std::string_view::npos ? pair : pair.substr(sign + 1)));
    });
    return out;
}

std::vector<std::string> secrets_of_program(const program_config& program) {
    std::vector<std::string> out;
    for (const auto& [name, value] : program.env)
        if (is_secret_variable(name, value))
            out.push_back(value);
    // "--api-key=x", "--api-key", "x".
    bool follows = false;
    for (const auto& arg : program.args) {
        const auto sign = arg.find('=');
        const bool flag = arg.starts_with('-');
        if (follows && !flag)
            out.push_back(arg);
        else if (flag && sign != std::string::npos &&
                 is_secret_variable(arg.substr(0, sign), arg.substr(sign + 1)))
            out.push_back(arg.substr(sign + 1));
        follows = flag && sign == std::string::npos && is_secret_variable(arg, {});
    }
    return out;
}

namespace {

std::vector<std::string> secrets_of_auth(const auth_strategy& auth) {
    return {auth.header_value, auth.tokens.endpoint.secret, auth.tokens.target.secret};
}

} // namespace

std::vector<std::string> secrets_of_backend(const backend_config& backend) {
    auto out = secrets_of_auth(backend.auth);
    for (const auto& [name, value] : backend.headers)
        out.push_back(value);
    std::ranges::move(secrets_in_url(backend.url), std::back_inserter(out));
    std::ranges::move(secrets_of_program(backend.program), std::back_inserter(out));
    return out;
}

std::vector<std::string> secrets_of(const config& c) {
    std::vector<std::string> out;
    for (const auto& backend : c.backends)
        std::ranges::move(secrets_of_backend(backend), std::back_inserter(out));
    out.push_back(c.incoming.oidc.client_secret);
    out.push_back(c.admin.token);
    for (const auto& [name, value] : c.telemetry.headers)
        out.push_back(value);
    out.push_back(c.session_storage.password);
    out.push_back(c.session_storage.sentinel_password);
    std::erase(out, std::string());
    std::ranges::sort(out);
    const auto twice = std::ranges::unique(out);
    out.erase(twice.begin(), twice.end());
    return out;
}

} // namespace vmcp
