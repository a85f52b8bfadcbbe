// Claims: whose token it is, for whom, until when, and what must be proved with it.
#include "auth/token_claims.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t now_seconds = 1'800'000'000;
const wall_time now{seconds{now_seconds}};

claim_rules rules() {
    claim_rules out;
    out.issuer = "https://issuer.example/realm";
    out.audiences = {"https://gateway.example/mcp"};
    return out;
}

json good() {
    return {{"iss", "https://issuer.example/realm"},
            {"aud", "https://gateway.example/mcp"},
            {"sub", "alice"},
            {"exp", now_seconds + 300}};
}

json with(const json& members) {
    auto out = good();
    out.update(members);
    return out;
}

json without(const std::string& name) {
    auto out = good();
    out.erase(name);
    return out;
}

verdict<token_claims> judge(const json& claims, const claim_rules& by = rules(),
                            claim_source source = claim_source::token) {
    return judge_claims(claims.dump(), by, source, now);
}

// The operator's words; empty when the claims will do.
std::string problem(const json& claims, const claim_rules& by = rules(),
                    claim_source source = claim_source::token) {
    const auto found = judge(claims, by, source);
    if (found)
        return "";
    EXPECT_EQ(found.error().why, refusal::invalid_token);
    return found.error().detail;
}

TEST(token_claims, gives_what_the_token_says) {
    const auto claims = with({{"scope", "mcp:read mcp:write"}, {"groups", {"a", "b"}}, {"n", 12.50}});
    const auto found = judge(claims).value();
    EXPECT_EQ(found.issuer, "https://issuer.example/realm");
    EXPECT_EQ(found.subject, "alice");
    EXPECT_EQ(found.audience, std::vector<std::string>{"https://gateway.example/mcp"});
    EXPECT_EQ(found.scopes, (std::vector<std::string>{"mcp:read", "mcp:write"}));
    EXPECT_EQ(found.expiry, now + 300s);
    EXPECT_TRUE(found.bound_to.empty());
    EXPECT_EQ(found.json, claims.dump());
}

TEST(token_claims, the_issuer_is_compared_byte_by_byte) {
    for (const std::string_view issuer :
         {"https://issuer.example/realm/", "https://issuer.example/Realm", "https://issuer.example", "",
          "https://issuer.example/realm ", "http://issuer.example/realm", "https://issuer.example:443/realm",
          "https://issuer.example/realm/../realm", "HTTPS://issuer.example/realm"})
        EXPECT_NE(problem(with({{"iss", issuer}})), "") << issuer;
    EXPECT_EQ(
        problem(with({{"iss", "https://issuer.example/realm/"}})),
        "the token's issuer is 'https://issuer.example/realm/', expected 'https://issuer.example/realm'");
    EXPECT_EQ(problem(without("iss")), "the token has no 'iss'");
    EXPECT_EQ(problem(with({{"iss", {"https://issuer.example/realm"}}})),
              "the token's claims cannot be used: 'iss' is not a string");
}

TEST(token_claims, the_audience_is_one_of_ours) {
    EXPECT_EQ(problem(with({{"aud", {"https://other.example", "https://gateway.example/mcp"}}})), "");
    for (const std::string_view audience :
         {"https://gateway.example/mcp/", "https://gateway.example/mc", "https://gateway.example/mcp2",
          "https://gateway.example", "https://GATEWAY.example/mcp", "", "*", "https://gateway.example/mcp x"})
        EXPECT_NE(problem(with({{"aud", audience}})), "") << audience;
    EXPECT_EQ(problem(with({{"aud", "my-client"}})),
              "the token is for 'my-client', expected 'https://gateway.example/mcp'");
    EXPECT_EQ(problem(with({{"aud", {"a", "b"}}})),
              "the token is for 'a' and others, expected 'https://gateway.example/mcp'");
    EXPECT_EQ(problem(with({{"aud", json::array()}})),
              "the token is for nobody, expected 'https://gateway.example/mcp'");
    EXPECT_EQ(problem(without("aud")), "the token has no 'aud'");
    EXPECT_EQ(problem(with({{"aud", {{"a", 1}}}})),
              "the token's claims cannot be used: 'aud' is not a string or an array of strings");
    EXPECT_EQ(problem(with({{"aud", {"https://gateway.example/mcp", 1}}})),
              "the token's claims cannot be used: 'aud' is not a string or an array of strings");
    auto two = rules();
    two.audiences = {"api", "https://gateway.example/mcp"};
    EXPECT_EQ(problem(with({{"aud", "api"}}), two), "");
    two.audiences.clear();
    EXPECT_EQ(problem(good(), two), "the token is for 'https://gateway.example/mcp', expected nobody");
}

TEST(token_claims, expires_after_the_leeway) {
    EXPECT_EQ(problem(with({{"exp", now_seconds - 59}})), "");
    EXPECT_EQ(problem(with({{"exp", now_seconds - 59.5}})), "");
    EXPECT_EQ(problem(with({{"exp", now_seconds - 60}})), "the token expired 60 s ago");
    EXPECT_EQ(problem(with({{"exp", 0}})), "the token expired 1800000000 s ago");
    EXPECT_EQ(problem(without("exp")), "the token has no 'exp'");
    auto none = rules();
    none.leeway = 0s;
    EXPECT_EQ(problem(with({{"exp", now_seconds + 1}}), none), "");
    EXPECT_EQ(problem(with({{"exp", now_seconds + 0.5}}), none), "");
    EXPECT_EQ(problem(with({{"exp", now_seconds}}), none), "the token expired 0 s ago");
}

TEST(token_claims, is_not_valid_before_its_time) {
    EXPECT_EQ(problem(with({{"nbf", now_seconds + 60}})), "");
    EXPECT_EQ(problem(with({{"nbf", now_seconds + 61}})), "the token is valid only in 61 s");
    EXPECT_EQ(problem(with({{"iat", now_seconds + 60}})), "");
    EXPECT_EQ(problem(with({{"iat", now_seconds + 61}})), "the token was issued 61 s in the future");
    EXPECT_EQ(problem(with({{"nbf", now_seconds - 1000}, {"iat", now_seconds - 1000.25}})), "");
}

TEST(token_claims, times_are_numbers) {
    const auto raw = [](std::string_view name, std::string_view value) {
        auto text = without(std::string(name)).dump();
        text.back() = ',';
        const auto found = judge_claims(text + "\"" + std::string(name) + "\":" + std::string(value) + "}",
                                        rules(), claim_source::token, now);
        return found ? std::string() : found.error().detail;
    };
    for (const std::string_view name : {"exp", "nbf", "iat"}) {
        for (const std::string_view value : {"\"1800000300\"", "null", "true", "[1800000300]", "{}", "-1",
                                             "-0.5", "1e999", "1e-999", "-1e999"})
            EXPECT_EQ(raw(name, value),
                      "the token's claims cannot be used: '" + std::string(name) + "' is no point in time")
                << value;
    }
    EXPECT_EQ(raw("exp", "1.8000003e9"), "");
    EXPECT_EQ(raw("exp", "1800000300.75"), "");
    EXPECT_EQ(raw("exp", "1e18"), "");
    EXPECT_EQ(raw("exp", "999999999999999999999999999999"), "");
    EXPECT_EQ(raw("nbf", "-0"), "");
    EXPECT_EQ(raw("nbf", "0"), "");
}

TEST(token_claims, belongs_to_somebody) {
    EXPECT_EQ(problem(without("sub")), "the token has no 'sub'");
    EXPECT_EQ(problem(with({{"sub", ""}})), "the token has no 'sub'");
    EXPECT_EQ(problem(with({{"sub", 7}})), "the token's claims cannot be used: 'sub' is not a string");
    EXPECT_EQ(problem(with({{"sub", std::string(1024, 's')}})), "");
    const std::string odd = "the token's 'sub' is longer than 1024 bytes or holds control characters";
    EXPECT_EQ(problem(with({{"sub", std::string(1025, 's')}})), odd);
    EXPECT_EQ(problem(with({{"sub", "a\nb"}})), odd);
    EXPECT_EQ(problem(with({{"sub", std::string("a\0b", 3)}})), odd);
    EXPECT_EQ(judge(with({{"sub", "j\u00fcrgen"}})).value().subject, "j\u00fcrgen");
}

TEST(token_claims, machines_may_be_known_by_their_client_id) {
    auto machines = rules();
    auto claims = without("sub");
    claims["client_id"] = "agent";
    EXPECT_EQ(problem(claims), "the token has no 'sub'");
    machines.fallback = subject_fallback::client_id;
    EXPECT_EQ(judge(claims, machines).value().subject, "agent");
    claims["sub"] = "alice";
    EXPECT_EQ(judge(claims, machines).value().subject, "alice");
    claims["sub"] = "";
    EXPECT_EQ(problem(claims, machines), "the token has no 'sub'");
    claims.erase("sub");
    claims["client_id"] = 5;
    EXPECT_EQ(problem(claims, machines), "the token's claims cannot be used: 'client_id' is not a string");
    EXPECT_EQ(problem(without("sub"), machines), "the token has no 'sub'");
}

TEST(token_claims, scopes_come_in_four_shapes) {
    const auto scopes = [](const json& more) { return judge(with(more)).value().scopes; };
    const std::vector<std::string> both{"a:read", "b"};
    EXPECT_EQ(scopes({{"scope", "a:read b"}}), both);
    EXPECT_EQ(scopes({{"scope", " a:read  b "}}), both);
    EXPECT_EQ(scopes({{"scope", {"a:read", "b"}}}), both);
    EXPECT_EQ(scopes({{"scp", "a:read b"}}), both);
    EXPECT_EQ(scopes({{"scp", {"a:read", "b"}}}), both);
    EXPECT_EQ(scopes({{"scope", "a:read b"}, {"scp", "c"}}), both);
    EXPECT_EQ(scopes({{"scope", ""}}), std::vector<std::string>{});
    EXPECT_EQ(scopes(json::object()), std::vector<std::string>{});
    EXPECT_EQ(problem(with({{"scope", 1}})),
              "the token's claims cannot be used: 'scope' is not a string or an array of strings");
    EXPECT_EQ(problem(with({{"scp", {{"a", 1}}}})),
              "the token's claims cannot be used: 'scp' is not a string or an array of strings");
}

TEST(token_claims, missing_scopes_are_named_in_order) {
    const auto claims = judge(with({{"scope", "a b"}})).value();
    const std::vector<std::string> wanted{"c", "a", "B", "b"};
    EXPECT_EQ(missing_scopes(claims, wanted), (std::vector<std::string>{"c", "B"}));
    EXPECT_EQ(missing_scopes(claims, {}), std::vector<std::string>{});
}

TEST(token_claims, bound_tokens_need_somebody_who_checks) {
    const auto dpop = with({{"cnf", {{"jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}}});
    const auto certificate = with({{"cnf", {{"x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}}});
    EXPECT_EQ(problem(dpop), "the token is bound to a DPoP key, and DPoP is not switched on");
    EXPECT_EQ(problem(certificate), "the token is bound to a client certificate, and these are not checked");
    auto checking = rules();
    checking.checks_dpop = true;
    EXPECT_EQ(judge(dpop, checking).value().bound_to.key, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    EXPECT_EQ(problem(certificate, checking),
              "the token is bound to a client certificate, and these are not checked");
    checking.checks_certificates = true;
    EXPECT_EQ(judge(certificate, checking).value().bound_to.certificate,
              "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2");
    EXPECT_EQ(problem(with({{"cnf", {{"kid", "a"}}}}), checking),
              "the token is bound ('cnf') in a way that vmcp cannot check");
    EXPECT_EQ(problem(with({{"cnf", json::object()}}), checking),
              "the token is bound ('cnf') in a way that vmcp cannot check");
    EXPECT_EQ(problem(with({{"cnf", nullptr}}), checking), "the token's 'cnf' is no object");
    EXPECT_EQ(problem(with({{"cnf", "jkt"}}), checking), "the token's 'cnf' is no object");
    EXPECT_EQ(problem(with({{"cnf", {{"jkt", 1}}}}), checking),
              "the token's claims cannot be used: 'jkt' is not a string");
}

TEST(token_claims, refuses_other_kinds_of_tokens_of_the_same_issuer) {
    EXPECT_EQ(problem(with({{"at_hash", "x"}})),
              "the token is an ID token, which is for the client and not for us");
    EXPECT_EQ(problem(with({{"c_hash", "x"}})),
              "the token is an ID token, which is for the client and not for us");
    EXPECT_EQ(
        problem(with({{"events", {{"http://schemas.openid.net/event/backchannel-logout", json::object()}}}})),
        "the token is a security event, such as a logout, and grants nothing");
    EXPECT_EQ(problem(with({{"events", {"a custom claim"}}})), "");
    // The usual ID token: it is for the client.
    EXPECT_EQ(problem(with({{"aud", "client"}, {"nonce", "n"}, {"auth_time", 1}})),
              "the token is for 'client', expected 'https://gateway.example/mcp'");
}

TEST(token_claims, refuses_what_is_no_object_or_ambiguous) {
    const auto raw = [](std::string_view text) {
        return judge_claims(std::string(text), rules(), claim_source::token, now).error().detail;
    };
    const std::string bad =
        "the token's claims cannot be used: it is no object of strict JSON, or is nested too deeply";
    EXPECT_EQ(raw(""), bad);
    EXPECT_EQ(raw("[]"), bad);
    EXPECT_EQ(raw("\"a\""), bad);
    EXPECT_EQ(raw("{\"a\":" + std::string(16, '[') + std::string(16, ']') + "}"), bad);
    auto twice = good().dump();
    twice.back() = ',';
    EXPECT_EQ(raw(twice + R"("sub":"mallory"})"),
              "the token's claims cannot be used: it holds a member twice");
}

TEST(token_claims, details_are_printable_and_short) {
    const auto detail = problem(with({{"iss", "\x1b[31m\r\n" + std::string(5000, 'x')}}));
    EXPECT_LT(detail.size(), 400U);
    EXPECT_EQ(detail.find_first_of("\r\n\x1b"), std::string::npos);
}

TEST(token_claims, an_introspection_may_leave_out_issuer_and_expiry) {
    auto claims = without("exp");
    claims.erase("iss");
    const auto found = judge(claims, rules(), claim_source::introspection).value();
    EXPECT_EQ(found.issuer, "https://issuer.example/realm");
    EXPECT_EQ(found.expiry, now + unsaid_lifetime);
    claims["iss"] = "https://other.example";
    EXPECT_NE(problem(claims, rules(), claim_source::introspection), "");
    claims.erase("iss");
    claims.erase("aud");
    EXPECT_EQ(problem(claims, rules(), claim_source::introspection), "the token has no 'aud'");
    EXPECT_EQ(problem(with({{"exp", now_seconds - 60}}), rules(), claim_source::introspection),
              "the token expired 60 s ago");
}

} // namespace
} // namespace auth
