// Proofs of possession: the RFC's own, every way in which one can be about something else, and replay.
#include "auth/binding.hpp"
#include "auth/dpop.hpp"
#include "auth/dpop_nonce.hpp"
#include "auth/replay_cache.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t now_seconds = 1'800'000'000;
const wall_time now{seconds{now_seconds}};
const std::string url = "https://gateway.example/mcp";
const std::string access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

json claims(const json& more = json::object()) {
    json out{{"jti", "e1j3V_bKic8-LAEB"},
             {"htm", "POST"},
             {"htu", url},
             {"iat", now_seconds},
             {"ath", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}};
    out.update(more);
    return out;
}

std::string proof(const json& payload = claims(), const json& more = json::object(),
                  const std::string& alg = "ES256") {
    const auto& own = signing_key::own(alg);
    json header{{"typ", "dpop+jwt"}, {"alg", alg}, {"jwk", own.public_jwk()}};
    header.update(more);
    return own.token(alg, header.dump(), payload.dump());
}

verdict<dpop_proof> check(const std::string& text, const std::vector<std::string>& nonces = {},
                          std::string_view method = "POST", std::string_view target = url) {
    const std::vector<std::string_view> fields{text};
    return check_dpop({}, {fields, method, target, access_token, nonces}, now);
}

std::string problem(const verdict<dpop_proof>& found) {
    if (found)
        return "";
    EXPECT_EQ(found.error().why, refusal::invalid_dpop_proof);
    return found.error().detail;
}

// RFC 9449 sections 4.1, 6.1 and 7.1.
const std::string rfc_proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dE"
                              "ZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQy"
                              "VVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1"
                              "JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJl"
                              "MWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcG"
                              "xlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhd"
                              "CI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWt"
                              "zbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOp"
                              "txRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";

TEST(dpop, the_proof_of_rfc_9449) {
    const std::vector<std::string_view> fields{rfc_proof};
    const dpop_request request{
        fields, "GET", "https://resource.example.org/protectedresource", access_token, {}};
    const wall_time then{1'562'262'618s};
    const auto found = check_dpop({}, request, then);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->key, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    EXPECT_EQ(found->keep_for, 90s);
    EXPECT_TRUE(check_dpop({}, request, then + 89s));
    EXPECT_FALSE(check_dpop({}, request, then + 90s));
    EXPECT_TRUE(check_dpop({}, request, then - 30s));
    EXPECT_FALSE(check_dpop({}, request, then - 31s));
    EXPECT_TRUE(check_binding({found->key, {}}, {token_scheme::dpop, found->key, {}}));
}

TEST(dpop, keys_of_every_kind_that_is_let_in) {
    for (const std::string alg : {"RS256", "PS256", "ES256", "EdDSA"})
        EXPECT_EQ(problem(check(proof(claims(), json::object(), alg))), "") << alg;
    for (const std::string alg : {"RS512", "ES384", "ES512"})
        EXPECT_EQ(problem(check(proof(claims(), json::object(), alg))),
                  "the DPoP proof cannot be used: its algorithm is not one of those that are let in");
}

TEST(dpop, there_is_exactly_one) {
    const auto text = proof();
    const std::vector<std::string_view> twice{text, text};
    EXPECT_EQ(problem(check_dpop({}, {twice, "POST", url, access_token, {}}, now)),
              "the DPoP proof comes more than once");
    EXPECT_EQ(problem(check_dpop({}, {{}, "POST", url, access_token, {}}, now)), "the DPoP proof is missing");
    EXPECT_NE(problem(check(text + ", " + text)), "");
    EXPECT_NE(problem(check("")), "");
}

TEST(dpop, says_that_it_is_a_proof) {
    for (const json& type : {json("JWT"), json("at+jwt"), json("dpop"), json("jwt+dpop")})
        EXPECT_EQ(problem(check(proof(claims(), {{"typ", type}}))),
                  "the DPoP proof has another 'typ' than dpop+jwt");
    EXPECT_EQ(problem(check(proof(claims(), {{"typ", "application/DPoP+JWT"}}))), "");
}

TEST(dpop, is_about_this_request) {
    EXPECT_EQ(problem(check(proof(), {}, "GET")), "the DPoP proof is for another method");
    EXPECT_EQ(problem(check(proof(claims({{"htm", "post"}})))), "the DPoP proof is for another method");
    EXPECT_EQ(problem(check(proof(claims({{"htu", "https://gateway.example/other"}})))),
              "the DPoP proof is for 'https://gateway.example/other', not for 'https://gateway.example/mcp'");
    for (const std::string_view other :
         {"http://gateway.example/mcp", "https://gateway.example:8443/mcp", "/mcp",
          "https://gateway.example/mcp/", "https://gateway.example/MCP", "https://mallory.example/mcp", "",
          "https://gateway.example"})
        EXPECT_NE(problem(check(proof(claims({{"htu", other}})))), "") << other;
}

TEST(dpop, the_same_place_may_be_written_differently) {
    for (const std::string_view same : {"https://gateway.example/mcp?a=b", "https://gateway.example/mcp#f",
                                        "HTTPS://GATEWAY.example:443/mcp", "https://gateway.example/%6Dcp",
                                        "https://gateway.example/a/../mcp", "https://gateway.example/./mcp"})
        EXPECT_EQ(problem(check(proof(claims({{"htu", same}})))), "") << same;
    EXPECT_EQ(problem(check(proof(), {}, "POST", "https://gateway.example:443/mcp?session=1")), "");
}

TEST(dpop, normalises_targets) {
    const auto normal = [](std::string_view text) { return normalised_target(text).value(); };
    EXPECT_EQ(normal("https://H.example"), "https://h.example/");
    EXPECT_EQ(normal("https://h.example/a/b/../../c/./d/.."), "https://h.example/c/");
    EXPECT_EQ(normal("https://h.example/../../a"), "https://h.example/a");
    EXPECT_EQ(normal("https://h.example/a//b"), "https://h.example/a//b");
    EXPECT_EQ(normal("https://h.example/a/"), "https://h.example/a/");
    EXPECT_EQ(normal("https://h.example/%2f%7e%c3%A9"), "https://h.example/%2F~%C3%A9");
    EXPECT_EQ(normal("https://h.example/%2e%2e/a"), "https://h.example/a");
    EXPECT_FALSE(normalised_target("https://h.example/%2"));
    EXPECT_FALSE(normalised_target("mcp"));
}

TEST(dpop, is_about_this_token) {
    EXPECT_EQ(problem(check(proof(claims({{"ath", "AAAA"}})))), "the DPoP proof is for another access token");
    EXPECT_EQ(problem(check(proof(claims({{"ath", ""}})))), "the DPoP proof is for another access token");
    auto without = claims();
    without.erase("ath");
    EXPECT_EQ(problem(check(proof(without))), "the DPoP proof cannot be used: 'ath' is missing");
}

TEST(dpop, is_new) {
    EXPECT_EQ(problem(check(proof(claims({{"iat", now_seconds - 89}})))), "");
    EXPECT_EQ(problem(check(proof(claims({{"iat", now_seconds - 90}})))), "the DPoP proof is too old");
    EXPECT_EQ(problem(check(proof(claims({{"iat", now_seconds + 30}})))), "");
    EXPECT_EQ(problem(check(proof(claims({{"iat", now_seconds + 31}})))),
              "the DPoP proof was made in the future");
    for (const json& odd : {json("1800000000"), json(-1), json(nullptr)})
        EXPECT_EQ(problem(check(proof(claims({{"iat", odd}})))),
                  "the DPoP proof cannot be used: 'iat' is no point in time");
}

TEST(dpop, has_every_claim) {
    for (const std::string name : {"jti", "htm", "htu", "iat", "ath"}) {
        auto less = claims();
        less.erase(name);
        EXPECT_EQ(problem(check(proof(less))), "the DPoP proof cannot be used: '" + name + "' is missing");
    }
    EXPECT_EQ(problem(check(proof(claims({{"jti", ""}})))),
              "the DPoP proof cannot be used: its 'jti' is empty or longer than 256 bytes");
    EXPECT_NE(problem(check(proof(claims({{"jti", std::string(257, 'j')}})))), "");
    EXPECT_NE(problem(check(proof(claims({{"jti", 5}})))), "");
    EXPECT_NE(problem(check(proof(claims({{"nonce", 5}})))), "");
}

TEST(dpop, is_signed_with_the_key_in_it) {
    EXPECT_EQ(problem(check(proof(claims(), {{"jwk", signing_key("ES256").public_jwk()}}))),
              "the DPoP proof has a wrong signature");
    EXPECT_EQ(problem(check(proof(claims(), {{"jwk", signing_key::own("RS256").public_jwk()}}))),
              "the DPoP proof has a wrong signature");
    EXPECT_EQ(problem(check(proof(claims(), {{"jwk", nullptr}}))),
              "the DPoP proof cannot be used: the key in its header: it is no object of strict JSON, or is "
              "nested too "
              "deeply");
    EXPECT_EQ(
        problem(check(proof(claims(), {{"jwk", signing_key::own("ES256").jwk({{"d", "AAAA"}})}}))),
        "the DPoP proof cannot be used: the key in its header: it holds the private or symmetric member 'd'");
    EXPECT_NE(problem(check(proof(claims(), {{"jwk", {{"kty", "oct"}, {"k", "AAAA"}}}}))), "");
    const auto& own = signing_key::own("ES256");
    EXPECT_EQ(problem(check(own.token("ES256", R"({"typ":"dpop+jwt","alg":"ES256"})", claims().dump()))),
              "the DPoP proof cannot be used: its header has no 'jwk'");
    EXPECT_NE(problem(check(own.token("ES256", R"({"typ":"dpop+jwt","alg":"none"})", claims().dump()))), "");
}

TEST(dpop, carries_the_nonce_where_one_is_asked_for) {
    const auto why = [](const verdict<dpop_proof>& found) {
        return found ? std::optional<refusal>{} : std::optional(found.error().why);
    };
    EXPECT_EQ(why(check(proof(), {"n1", "n0"})), refusal::use_dpop_nonce);
    EXPECT_EQ(why(check(proof(claims({{"nonce", "n2"}})), {"n1", "n0"})), refusal::use_dpop_nonce);
    EXPECT_EQ(why(check(proof(claims({{"nonce", "n1"}})), {"n1", "n0"})), std::nullopt);
    EXPECT_EQ(why(check(proof(claims({{"nonce", "n0"}})), {"n1", "n0"})), std::nullopt);
    EXPECT_EQ(why(check(proof(claims({{"nonce", "any"}})))), std::nullopt);
}

TEST(dpop, proofs_are_told_apart_by_key_and_id) {
    const auto first = check(proof()).value();
    EXPECT_EQ(check(proof(claims({{"iat", now_seconds - 1}}))).value().id, first.id);
    EXPECT_NE(check(proof(claims({{"jti", "other"}}))).value().id, first.id);
    EXPECT_NE(check(proof(claims(), json::object(), "EdDSA")).value().id, first.id);
}

TEST(replay_cache, notices_what_comes_again) {
    const steady_time t0{1000h};
    replay_cache cache;
    EXPECT_EQ(cache.note(sha256("a"), 90s, t0), seen::first);
    EXPECT_EQ(cache.note(sha256("a"), 90s, t0 + 89s), seen::again);
    EXPECT_EQ(cache.note(sha256("b"), 10s, t0), seen::first);
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(cache.note(sha256("b"), 10s, t0 + 10s), seen::first);
    EXPECT_EQ(cache.note(sha256("a"), 90s, t0 + 90s), seen::first);
}

TEST(replay_cache, forgets_nothing_to_make_room) {
    const steady_time t0{1000h};
    replay_cache cache(3);
    for (const auto* id : {"a", "b", "c"})
        EXPECT_EQ(cache.note(sha256(id), id == std::string("b") ? 5s : 90s, t0), seen::first);
    EXPECT_EQ(cache.note(sha256("d"), 90s, t0 + 1s), seen::full);
    EXPECT_EQ(cache.note(sha256("a"), 90s, t0 + 1s), seen::again);
    EXPECT_EQ(cache.note(sha256("d"), 90s, t0 + 5s), seen::first);
    EXPECT_EQ(cache.note(sha256("e"), 90s, t0 + 5s), seen::full);
    EXPECT_EQ(cache.size(), 3U);
}

TEST(dpop_nonces, change_and_stay_good_for_one_period_more) {
    dpop_nonces::secret key{};
    key[0] = 1;
    const dpop_nonces nonces(key, 300s);
    const wall_time start{1'800'000'000s}; // a multiple of the period
    const auto first = nonces.current(start);
    EXPECT_EQ(first.size(), 22U);
    EXPECT_EQ(nonces.current(start + 299s), first);
    const auto second = nonces.current(start + 300s);
    EXPECT_NE(second, first);
    EXPECT_EQ(nonces.good(start + 300s), (std::array{second, first}));
    EXPECT_EQ(nonces.good(start + 600s)[1], second);
    EXPECT_EQ(dpop_nonces(key, 300s).current(start), first); // a replica with the same secret
    key[0] = 2;
    EXPECT_NE(dpop_nonces(key, 300s).current(start), first);
}

TEST(binding, a_token_goes_with_what_it_is_bound_to) {
    const std::string der = "certificate";
    const confirmation key{"thumb", {}};
    const confirmation certificate{{}, certificate_thumbprint(der)};
    const confirmation both{"thumb", certificate_thumbprint(der)};
    const auto fine = [](const confirmation& to, const presented& by) {
        const auto found = check_binding(to, by);
        if (!found)
            EXPECT_EQ(found.error().why, refusal::invalid_token);
        return found.has_value();
    };
    using enum token_scheme;
    EXPECT_TRUE(fine({}, {bearer, {}, {}}));
    EXPECT_TRUE(fine({}, {bearer, {}, der})); // a certificate may be shown with any token
    EXPECT_FALSE(fine({}, {dpop, "thumb", {}}));
    EXPECT_TRUE(fine(key, {dpop, "thumb", {}}));
    EXPECT_FALSE(fine(key, {dpop, "thumB", {}}));
    EXPECT_FALSE(fine(key, {dpop, {}, {}}));
    EXPECT_FALSE(fine(key, {bearer, "thumb", {}}));
    EXPECT_FALSE(fine({"", {}}, {dpop, {}, {}}));
    EXPECT_TRUE(fine(certificate, {bearer, {}, der}));
    EXPECT_FALSE(fine(certificate, {bearer, {}, {}}));
    EXPECT_FALSE(fine(certificate, {bearer, {}, "other"}));
    EXPECT_FALSE(fine(certificate, {dpop, "thumb", der}));
    EXPECT_TRUE(fine(both, {dpop, "thumb", der}));
    EXPECT_FALSE(fine(both, {dpop, "thumb", {}}));
    EXPECT_FALSE(fine(both, {bearer, {}, der}));
}

TEST(binding, thumbprints_are_sha_256_in_base64url) {
    // SHA-256 of "abc" (FIPS 180-2 appendix B.1).
    EXPECT_EQ(certificate_thumbprint("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

} // namespace
} // namespace auth
