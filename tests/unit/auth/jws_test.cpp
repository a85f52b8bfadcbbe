// Compact signatures: the examples of the RFCs, and every way to ask for less checking.
#include "auth/jws.hpp"

#include "auth/jwk_set.hpp"
#include "vmcp/base/base64url.hpp"

#include "signing.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace auth {
namespace {

using nlohmann::json;

std::string problem(std::string_view compact, algorithm_set allowed = every_algorithm) {
    const auto found = read_jws(compact, allowed);
    return found ? "" : found.error().text;
}

// A token whose signature is three bytes of anything: what is refused here is refused before any key is
// touched.
std::string unsigned_token(std::string_view header, std::string_view payload = "{}") {
    return vmcp::base64url_encode(header) + "." + vmcp::base64url_encode(payload) + ".AAAA";
}

bool verifies(std::string_view compact, const json& key) {
    const auto token = read_jws(compact, every_algorithm);
    if (!token)
        return false;
    const auto set = jwk_set::parse(json{{"keys", {key}}}.dump()).value();
    const auto choice = set.choose(token->header.alg, token->header.key_id);
    return choice.key != nullptr && verify_jws(*token, *choice.key);
}

constexpr std::string_view rfc7515_payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

TEST(jws, rfc_7515_a_1_is_symmetric_and_refused) {
    EXPECT_EQ(problem("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(rfc7515_payload) +
                      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "its algorithm is not one of those that are let in");
}

TEST(jws, rfc_7515_a_2_rs256) {
    const json key{
        {"kty", "RSA"},
        {"n", "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
              "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
              "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
              "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
        {"e", "AQAB"}};
    const std::string compact =
        "eyJhbGciOiJSUzI1NiJ9." + std::string(rfc7515_payload) +
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CUA"
        "r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
        "eSN9383LcOLn6_dO--x"
        "i12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioyp"
        "GlUPQGe77Rw";
    EXPECT_TRUE(verifies(compact, key));
    const auto token = read_jws(compact, every_algorithm).value();
    EXPECT_EQ(token.header.alg, algorithm::rs256);
    EXPECT_EQ(token.header.key_id, std::nullopt);
    EXPECT_EQ(token.header.type, "");
    EXPECT_EQ(token.payload,
              "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

TEST(jws, rfc_7515_a_3_es256) {
    EXPECT_TRUE(verifies(
        "eyJhbGciOiJFUzI1NiJ9." + std::string(rfc7515_payload) +
            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        {{"kty", "EC"},
         {"crv", "P-256"},
         {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
         {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}));
}

TEST(jws, rfc_7515_a_4_es512) {
    EXPECT_TRUE(verifies(
        "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqw"
        "qT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBX"
        "ukOXolLzeO_Jn",
        {{"kty", "EC"},
         {"crv", "P-521"},
         {"x", "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk"},
         {"y", "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}}));
}

TEST(jws, rfc_7515_a_5_is_unsecured_and_refused) {
    EXPECT_EQ(problem("eyJhbGciOiJub25lIn0." + std::string(rfc7515_payload) + "."), "it has no signature");
}

TEST(jws, rfc_8037_a_4_eddsa) {
    EXPECT_TRUE(verifies(
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AI"
        "bQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}));
}

TEST(jws, cookbook) {
    if (!std::filesystem::exists(vectors("jose-cookbook")))
        GTEST_SKIP() << "no test vectors in " << vectors("jose-cookbook");
    const std::map<std::string, bool> files{{"jws/4_1.rsa_v15_signature.json", true},
                                            {"jws/4_2.rsa-pss_signature.json", true},
                                            {"jws/4_3.ecdsa_signature.json", true},
                                            {"jws/4_4.hmac-sha2_integrity_protection.json", false},
                                            {"jws/4_5.signature_with_detached_content.json", false},
                                            {"curve25519/jws.json", true}};
    for (const auto& [file, valid] : files) {
        const auto example = read_vectors("jose-cookbook/" + file);
        auto key = example["input"]["key"];
        key.erase("d");
        for (const auto name : {"p", "q", "dp", "dq", "qi", "k"})
            key.erase(name);
        EXPECT_EQ(verifies(example["output"]["compact"].get<std::string>(), key), valid) << file;
    }
}

TEST(jws, every_algorithm_from_header_to_signature) {
    for (const std::string alg : every_algorithm_name) {
        const auto& own = signing_key::own(alg);
        const auto header = R"({"alg":")" + alg + R"(","kid":"k","typ":"JWT"})";
        const auto compact = own.token(alg, header, R"({"sub":"a"})");
        EXPECT_TRUE(verifies(compact, own.jwk({{"kid", "k"}, {"alg", alg}}))) << alg;
        EXPECT_FALSE(verifies(compact, own.jwk({{"kid", "l"}, {"alg", alg}}))) << alg;
        EXPECT_FALSE(
            verifies(compact, signing_key(alg.starts_with("PS") ? "RS256" : alg).jwk({{"kid", "k"}})))
            << alg;
    }
}

TEST(jws, wants_three_parts) {
    for (const std::string_view text : {"", ".", "..", "...", "a", "a.b", "a.b.c.d", "e30.e30",
                                        "e30.e30.AAAA.", ".e30.AAAA", "e30..", "a.b.c.d.e"})
        EXPECT_NE(problem(text), "") << text;
    // JSON serialization (RFC 7515 appendix A.6).
    EXPECT_NE(problem(R"({"payload":"e30","signatures":[{"protected":"e30.e30.e30","signature":"AAAA"}]})"),
              "");
    EXPECT_EQ(problem("e30.e30"), "it has not three parts");
    EXPECT_EQ(problem("e30.e30.AAAA.AAAA"), "it has not three parts");
    EXPECT_EQ(problem("e30=.e30.AAAA"), "a part of it is not base64url");
    EXPECT_EQ(problem("e30.e30 .AAAA"), "a part of it is not base64url");
    EXPECT_EQ(problem("e30.e30.AAAB "), "a part of it is not base64url");
    EXPECT_EQ(problem("e30.e30."), "it has no signature");
    EXPECT_EQ(problem("e30.e30.AAAA"), "'alg' is missing");
}

TEST(jws, bounds_the_length) {
    const std::string header = R"({"alg":"RS256"})";
    const auto head = vmcp::base64url_encode(header) + "..";
    const std::string body((max_token - head.size() - 4) / 4 * 4, 'A');
    EXPECT_EQ(problem(head.substr(0, head.size() - 1) + body + ".AAAA"), "");
    EXPECT_EQ(problem(std::string(max_token + 1, 'A')), "it is longer than 16 KiB");
}

TEST(jws, lets_in_only_the_algorithms_it_is_told) {
    const std::string refused = "its algorithm is not one of those that are let in";
    for (const std::string alg :
         {"none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "ES256K", "Ed448", "RS1", "rs256",
          "RS256 ", " RS256", "", "RSA-OAEP", "dir", "A128GCM", "EDDSA"})
        EXPECT_EQ(problem(unsigned_token(R"({"alg":")" + alg + "\"}")), refused) << alg;
    for (const std::string alg : every_algorithm_name) {
        const auto compact = unsigned_token(R"({"alg":")" + alg + "\"}");
        EXPECT_EQ(problem(compact), "") << alg;
        const bool usual = default_algorithms.contains(algorithm_from(alg).value());
        EXPECT_EQ(problem(compact, default_algorithms), usual ? "" : refused) << alg;
        EXPECT_EQ(problem(compact, {}), refused) << alg;
    }
    EXPECT_EQ(problem(unsigned_token(R"({"alg":["RS256"]})")), "'alg' is not a string");
    EXPECT_EQ(problem(unsigned_token(R"({"alg":null})")), "'alg' is not a string");
}

TEST(jws, refuses_ambiguous_headers) {
    const std::string twice = "its header cannot be used: it holds a member twice";
    const std::string bad =
        "its header cannot be used: it is no object of strict JSON, or is nested too deeply";
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"none","alg":"RS256"})")), twice);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","alg":"RS256"})")), twice);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","\u0061lg":"none"})")), twice);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":"a","kid":"b"})")), twice);
    EXPECT_EQ(problem(unsigned_token(R"(["alg","RS256"])")), bad);
    EXPECT_EQ(problem(unsigned_token("{\"alg\":\"RS256\"}\n{}")), bad);
    EXPECT_EQ(problem(unsigned_token(std::string("{\"alg\":\"RS256\"}\0", 16))), bad);
    EXPECT_EQ(problem(unsigned_token("\xEF\xBB\xBF{\"alg\":\"RS256\"}")), bad);
}

TEST(jws, refuses_processing_that_it_does_not_do) {
    for (const std::string_view crit : {R"(["exp"])", R"(["b64"])", R"([])", R"("b64")", "null"})
        EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","crit":)" + std::string(crit) + R"(,"exp":1})")),
                  "its header has 'crit', an extension that must be understood")
            << crit;
    for (const std::string_view b64 : {"false", "true", "0"})
        EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","b64":)" + std::string(b64) + "}")),
                  "its header has 'b64', an unencoded payload");
    for (const std::string_view cty : {"JWT", "jwt", "application/jwt", "Application/JWT"})
        EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","cty":")" + std::string(cty) + "\"}")),
                  "its header has 'cty', a token inside of the token");
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","cty":1})")), "'cty' is not a string");
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","cty":"text/plain"})")), "");
}

TEST(jws, key_ids_are_short_words) {
    const std::string refused = "its 'kid' is longer than 256 bytes or holds control characters";
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":")" + std::string(256, 'k') + "\"}")), "");
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":")" + std::string(257, 'k') + "\"}")), refused);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":"a\u0000b"})")), refused);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":"a\nb"})")), refused);
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","kid":7})")), "'kid' is not a string");
    // A path is a word like any other: it is compared, and nothing is opened.
    const auto token =
        read_jws(unsigned_token(R"({"alg":"RS256","kid":"../../etc/passwd"})"), every_algorithm);
    EXPECT_EQ(token.value().header.key_id, "../../etc/passwd");
}

TEST(jws, types_are_media_types) {
    const auto type = [](std::string_view typ) {
        return read_jws(unsigned_token(R"({"alg":"RS256","typ":")" + std::string(typ) + "\"}"),
                        every_algorithm)
            .value()
            .header.type;
    };
    EXPECT_EQ(type("JWT"), "jwt");
    EXPECT_EQ(type("at+jwt"), "at+jwt");
    EXPECT_EQ(type("application/at+JWT"), "at+jwt");
    EXPECT_EQ(type("text/at+jwt"), "text/at+jwt");
    EXPECT_EQ(problem(unsigned_token(R"({"alg":"RS256","typ":["JWT"]})")), "'typ' is not a string");
}

TEST(jws, keys_in_the_header_are_not_looked_at) {
    const signing_key other("ES256");
    for (const std::string& extra :
         {R"("jwk":)" + other.public_jwk().dump(), std::string(R"("jku":"http://127.0.0.1:1/keys")"),
          std::string(R"("x5u":"http://127.0.0.1:1/cert")"), std::string(R"("x5c":["AAAA"])"),
          std::string(R"("jwk":1)")}) {
        const auto compact = other.token("ES256", R"({"alg":"ES256",)" + extra + "}", "{}");
        EXPECT_FALSE(verifies(compact, signing_key::own("ES256").public_jwk())) << extra;
        EXPECT_TRUE(verifies(compact, other.public_jwk())) << extra;
    }
}

TEST(jws, a_public_key_is_no_shared_secret) {
    const auto pem = signing_key::own("RS256").public_jwk().dump();
    const std::string input =
        vmcp::base64url_encode(R"({"alg":"HS256"})") + "." + vmcp::base64url_encode("{}");
    unsigned char mac[32];
    std::size_t size = 0;
    ASSERT_NE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, pem.data(), pem.size(),
                        reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, sizeof mac,
                        &size),
              nullptr);
    const auto compact = input + "." + vmcp::base64url_encode({reinterpret_cast<const char*>(mac), size});
    EXPECT_FALSE(verifies(compact, signing_key::own("RS256").public_jwk()));
}

} // namespace
} // namespace auth
