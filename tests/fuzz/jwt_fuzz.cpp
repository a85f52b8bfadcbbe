// Access tokens: of all texts there are, exactly one is let in, the one that the issuer signed. A reader that
// knows nothing of ours (nlohmann) must find in each token that gets as far as the signature what the rules
// ask for.
#include "auth/jwk_set.hpp"
#include "auth/jwt.hpp"
#include "vmcp/base/base64url.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using nlohmann::json;

void check(bool holds) {
    if (!holds)
        std::abort();
}

// Signed with the private key of RFC 8037 appendix A.1.
constexpr std::string_view genuine = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiYXQrand0In0."
                                     "eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6"
                                     "Ly9nYXRld2F5LmV4YW1wbGUvbWNwIiwic3ViIjoiYWxpY2UiLCJleHAiOjE4MDAwMDAzMDA"
                                     "sInNjb3BlIjoibWNwOnJlYWQifQ.5Z8YjwQcv_dODnCTe"
                                     "qr-nbeqbh5JP2cDdBELayuyjPVIykSVpTgelx-KxSPVzayfc-Hydy7l5NEVZnmmSxMLAw";

struct world {
    auth::jwk_set keys =
        auth::jwk_set::parse(
            R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k1"}]})")
            .value();
    auth::token_rules rules{};
    auth::wall_time now{auth::seconds{1'800'000'000}};

    world() {
        rules.claims.issuer = "https://issuer.example";
        rules.claims.audiences = {"https://gateway.example/mcp"};
        check(auth::read_token(genuine, rules, now).has_value());
    }
};

// What is no JSON ends the program. Nothing where it holds a number that no double can: JSON (RFC 8259, 6), which that
// reader does not take.
std::optional<json> parsed(std::string_view text) {
    try {
        return json::parse(text);
    } catch (const json::out_of_range&) {
        return std::nullopt;
    }
}

void check_header(const auth::jws& parts) {
    const auto read = parsed(parts.header_json);
    if (!read)
        return;
    const auto& header = *read;
    check(header.is_object() && !header.contains("crit") && !header.contains("b64"));
    check(auth::algorithm_from(header.at("alg").get<std::string>()) == parts.header.alg);
    check(header.contains("kid") == parts.header.key_id.has_value());
    check(!parts.header.key_id || header.at("kid") == *parts.header.key_id);
}

void check_claims(const auth::token_claims& claims) {
    const auto read = parsed(claims.json);
    if (!read)
        return;
    const auto& object = *read;
    check(object.at("iss") == "https://issuer.example" && claims.issuer == "https://issuer.example");
    const auto& audience = object.at("aud");
    check(audience == "https://gateway.example/mcp" ||
          (audience.is_array() &&
           std::find(audience.begin(), audience.end(), "https://gateway.example/mcp") != audience.end()));
    check(object.at("exp").is_number() && object.at("exp").get<double>() > 1'799'999'939);
    check(object.at("sub") == claims.subject && !claims.subject.empty());
    check(!object.contains("cnf"));
}

void judge(std::string_view token) {
    static const world one;
    const auto read = auth::read_token(token, one.rules, one.now);
    if (!read) {
        check(read.error().why == auth::refusal::invalid_token && read.error().detail.size() < 2000);
        return;
    }
    check(auth::looks_like_jwt(token));
    check(read->parts.signing_input + "." + vmcp::base64url_encode(read->parts.signature) == token);
    check(read->parts.signing_input ==
          vmcp::base64url_encode(read->parts.header_json) + "." + vmcp::base64url_encode(read->claims.json));
    check_header(read->parts);
    check_claims(read->claims);
    const auto choice = one.keys.choose(read->parts.header.alg, read->parts.header.key_id);
    if (choice.key == nullptr)
        return;
    check(auth::verify_token(*read, *choice.key).has_value() == (token == genuine));
}

// Header, claims and signature on lines of their own, so that the encoding hides nothing from the fuzzer.
std::string assembled(std::string_view text) {
    const auto first = std::min(text.find('\n'), text.size());
    const auto second = std::min(text.find('\n', std::min(first + 1, text.size())), text.size());
    return vmcp::base64url_encode(text.substr(0, first)) + "." +
           vmcp::base64url_encode(
               text.substr(std::min(first + 1, second), second - std::min(first + 1, second))) +
           "." + vmcp::base64url_encode(text.substr(std::min(second + 1, text.size())));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    judge(text);
    judge(assembled(text));
    const auto decoded = vmcp::base64url_decode(text);
    check(!decoded || vmcp::base64url_encode(*decoded) == text);
    return 0;
}
