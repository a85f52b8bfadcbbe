// How long a token takes, printed as a table. No test: it asserts nothing about time. Run it with
//     build/release/bin/unit_auth --gtest_also_run_disabled_tests --gtest_filter='*speed*'
#include "auth/digest.hpp"
#include "auth/jwk_set.hpp"
#include "auth/jwt.hpp"
#include "auth/verified_token_cache.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace auth {
namespace {

using nlohmann::json;

const wall_time now{seconds{1'800'000'000}};

// The best of seven rounds of 50 ms each, in microseconds per call.
template <class F>
double best(F&& call) {
    using clock = std::chrono::steady_clock;
    double out = 1e9;
    for (int round = 0; round < 7; ++round) {
        const auto start = clock::now();
        unsigned calls = 0;
        clock::duration took{};
        do {
            call();
            ++calls;
            took = clock::now() - start;
        } while (took < std::chrono::milliseconds{50});
        out = std::min(out, std::chrono::duration<double, std::micro>(took).count() / calls);
    }
    return out;
}

token_rules rules() {
    token_rules out;
    out.claims.issuer = "https://issuer.example";
    out.claims.audiences = {"https://gateway.example/mcp"};
    out.algorithms = every_algorithm;
    return out;
}

std::string token(const std::string& alg) {
    const json claims{{"iss", "https://issuer.example"},
                      {"aud", {"https://gateway.example/mcp", "https://other.example"}},
                      {"sub", "4f0f6a2e-98a6-4a9d-9d4e-2f7a6b1c0d3e"},
                      {"exp", 1'800'000'300},
                      {"iat", 1'799'999'999},
                      {"jti", "0b1f5a0c-6a57-4d0a-8a3e-6d2f7f9f3e11"},
                      {"client_id", "agent"},
                      {"scope", "mcp:read mcp:write"},
                      {"groups", {"engineering", "platform", "oncall"}},
                      {"name", "Alice Example"},
                      {"email", "alice@example.com"}};
    return signing_key::own(alg).token(alg, json{{"alg", alg}, {"kid", alg}, {"typ", "at+jwt"}}.dump(),
                                       claims.dump());
}

TEST(DISABLED_speed, tokens) {
    std::printf("%-8s %8s %10s %10s\n", "alg", "bytes", "read us", "all us");
    for (const std::string alg : every_algorithm_name) {
        const auto text = token(alg);
        const auto set =
            jwk_set::parse(json{{"keys", {signing_key::own(alg).jwk({{"kid", alg}})}}}.dump()).value();
        const auto by = rules();
        const double read = best([&] { (void)read_token(text, by, now).value(); });
        const double all = best([&] {
            auto one = read_token(text, by, now).value();
            const auto choice = set.choose(one.parts.header.alg, one.parts.header.key_id);
            (void)verify_token(std::move(one), *choice.key).value();
        });
        std::printf("%-8s %8zu %10.2f %10.2f\n", alg.c_str(), text.size(), read, all);
    }
}

TEST(DISABLED_speed, cache) {
    const auto text = token("RS256");
    verified_token_cache cache;
    const steady_time t0{std::chrono::hours{1}};
    token_claims claims;
    claims.expiry = now + std::chrono::hours{1};
    const auto caller = make_verified_caller(claims, text);
    for (int i = 0; i < 9'000; ++i)
        cache.put(sha256(std::to_string(i)), caller, 1, t0, now);
    cache.put(sha256(text), caller, 1, t0, now);
    std::printf("sha256 of %zu bytes %.2f us\n", text.size(), best([&] { (void)sha256(text); }));
    std::printf("hit with hash       %.2f us\n", best([&] {
                    if (cache.find(sha256(text), 1, t0) == nullptr)
                        std::abort();
                }));
    const auto document = json{{"keys", {signing_key::own("RS256").public_jwk()}}}.dump();
    std::printf("parse 1 RSA key set %.0f us\n", best([&] { (void)jwk_set::parse(document).value(); }));
}

} // namespace
} // namespace auth
