// Credentials in a request, and the challenges in its answer: what is read is a token by a second, naive
// reading; what is written says to a reader of RFC 9110 exactly what went in.
#include "auth/bearer.hpp"
#include "auth/challenge.hpp"
#include "auth/fetch.hpp"
#include "auth/introspection.hpp"
#include "auth/jws.hpp"
#include "auth/protected_resource.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

bool is_naive_token(std::string_view text) {
    while (text.size() > 1 && text.back() == '=')
        text.remove_suffix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 ||
                            std::string_view("-._~+/").find(static_cast<char>(c)) != std::string_view::npos);
    });
}

void check_credentials(const std::vector<std::string_view>& lines, std::string_view query, bool dpop) {
    const auto found = auth::read_credentials(lines, query, dpop);
    if (!found)
        return;
    check(lines.size() == 1 && lines[0].ends_with(found->token));
    check(is_naive_token(found->token) && found->token.size() <= auth::max_token);
    std::string scheme(lines[0].substr(0, lines[0].find(' ')));
    for (char& c : scheme)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    check(scheme == (found->scheme == auth::token_scheme::bearer ? "bearer" : "dpop"));
    check(dpop || scheme == "bearer");
    check(query.find("access_token=") != 0);
}

// Parameters of one challenge, read back: name="quoted", name="quoted".
std::map<std::string, std::string> parameters(std::string_view text) {
    std::map<std::string, std::string> out;
    std::size_t at = text.find(' ');
    while (at < text.size()) {
        at += 1 + (text[at] == ',' ? 1U : 0U);
        const auto equals = text.find("=\"", at);
        check(equals != std::string_view::npos);
        const std::string name(text.substr(at, equals - at));
        std::string value;
        for (at = equals + 2; text[at] != '"'; ++at) {
            at += text[at] == '\\' ? 1U : 0U;
            check(at + 1 < text.size());
            value.push_back(text[at]);
        }
        ++at;
        check(out.emplace(name, value).second);
    }
    return out;
}

void check_challenge(std::string_view url, const std::vector<std::string>& scopes, bool dpop,
                     unsigned char why) {
    if (!auth::quotable(url) || !std::all_of(scopes.begin(), scopes.end(), auth::is_scope))
        return;
    auth::challenge_settings settings;
    settings.resource_metadata = url;
    settings.scopes = scopes;
    settings.dpop = dpop;
    const auto answer =
        auth::answer_to({static_cast<auth::refusal>(why % 8), "detail", {}},
                        why % 16 < 8 ? auth::token_scheme::bearer : auth::token_scheme::dpop, settings);
    for (const auto& one : answer.www_authenticate) {
        check(auth::quotable(one));
        const auto read = parameters(one);
        if (read.contains("resource_metadata"))
            check(read.at("resource_metadata") == url);
        if (read.contains("scope"))
            check(read.at("scope") == auth::scope_list(scopes));
    }
}

std::string form_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
            i += 2;
        } else {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

void check_resource(std::string_view resource, std::string_view target) {
    auth::resource_settings settings;
    settings.resource = resource;
    settings.authorization_servers = {"https://issuer.example"};
    const auto made = auth::protected_resource::make(settings);
    if (!made)
        return;
    check(nlohmann::json::parse(made->document()).at("resource") == resource);
    check(made->metadata_url().ends_with(made->paths().front()));
    for (const auto& path : made->paths())
        check(made->answer("GET", path)->status == 200);
    const auto answer = made->answer("GET", target);
    const bool known = std::find(made->paths().begin(), made->paths().end(), target) != made->paths().end();
    check(answer.has_value() == target.starts_with("/.well-known/"));
    check(!answer || (answer->status == 200) == known);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    std::vector<std::string_view> lines;
    for (std::size_t from = 0; from <= text.size() && lines.size() < 8;) {
        const auto end = std::min(text.find('\n', from), text.size());
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    const bool dpop = (data[0] & 1) != 0;
    const std::string_view last = lines.back();
    check_credentials({lines.begin(), lines.end() - (lines.size() > 1 ? 1 : 0)}, lines.size() > 1 ? last : "",
                      dpop);
    check_challenge(lines.front(), {lines.begin() + 1, lines.end()}, dpop, data[1]);
    check_resource(lines.front(), last);
    check(form_decoded(auth::form_urlencoded(text)) == text);
    const auto fresh = auth::freshness(text);
    check(fresh >= std::chrono::minutes{5} && fresh <= std::chrono::hours{1});
    return 0;
}
