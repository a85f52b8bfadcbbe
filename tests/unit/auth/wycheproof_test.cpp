// Wycheproof's JSON Web Signature, Key and Crypto vectors: none that must be refused is accepted, and each
// valid one that is refused stands in the list below with the reason.
#include "auth/jwk_set.hpp"
#include "auth/jws.hpp"

#include "signing.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace auth {
namespace {

using nlohmann::json;

// The group's public key, or what it has where it is symmetric, as the issuer's key set.
std::string key_set_of(const json& group) {
    const auto& key = group.contains("public") ? group["public"] : group["private"];
    return key.contains("keys") ? key.dump() : json{{"keys", {key}}}.dump();
}

bool accepts(const json& group, const json& test) {
    if (!test["jws"].is_string())
        return false; // JSON serialization cannot stand in an Authorization field
    const auto keys = jwk_set::parse(key_set_of(group));
    const auto token = read_jws(test["jws"].get<std::string>(), every_algorithm);
    if (!keys || !token)
        return false;
    const auto choice = keys->choose(token->header.alg, token->header.key_id);
    return choice.how == jwk_set::match::one && verify_jws(*token, *choice.key);
}

bool symmetric(const json& group) {
    const auto& key = group["private"];
    return (key.contains("keys") ? key["keys"][0] : key)["kty"] == "oct";
}

// Valid in Wycheproof's eyes and refused here, by tcId.
const std::map<std::string, std::set<int>> quirks{
    // 346, 350: the key says that it is for PS256, the signature is PS384.
    // 347, 351: the key says "ES521", which is no algorithm; RFC 7518 calls it ES512.
    {"json_web_signature", {346, 347, 350, 351}},
    {"json_web_key", {}},
    {"json_web_crypto", {}},
};

struct tally {
    int run = 0;
    int accepted = 0;
    std::set<int> false_accepts{};
    std::set<int> false_rejects{};
    std::set<int> symmetric{}; // valid, and made with a shared secret: vmcp holds none
};

tally run(const std::string& name) {
    tally out;
    const auto file = read_vectors("wycheproof/" + name + "_test.json");
    for (const auto& group : file["testGroups"]) {
        for (const auto& test : group["tests"]) {
            if (!test.contains("jws"))
                continue; // encryption
            const int id = test["tcId"];
            const bool valid = test["result"] == "valid";
            const bool took = accepts(group, test);
            ++out.run;
            out.accepted += took ? 1 : 0;
            if (took && !valid)
                out.false_accepts.insert(id);
            if (!took && valid)
                (symmetric(group) ? out.symmetric : out.false_rejects).insert(id);
        }
    }
    return out;
}

void check(const std::string& name, int tests, int accepted, std::size_t symmetric) {
    if (!std::filesystem::exists(vectors("wycheproof/" + name + "_test.json")))
        GTEST_SKIP() << "no test vectors in " << vectors("wycheproof");
    const auto found = run(name);
    EXPECT_EQ(found.run, tests);
    EXPECT_EQ(found.accepted, accepted);
    EXPECT_EQ(found.false_accepts, std::set<int>{});
    EXPECT_EQ(found.false_rejects, quirks.at(name));
    EXPECT_EQ(found.symmetric.size(), symmetric);
}

TEST(wycheproof, json_web_signature) {
    check("json_web_signature", 401, 32, 10);
}

TEST(wycheproof, json_web_key) {
    check("json_web_key", 26, 1, 4);
}

TEST(wycheproof, json_web_crypto) {
    check("json_web_crypto", 49, 2, 2);
}

} // namespace
} // namespace auth
