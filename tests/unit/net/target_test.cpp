// TLS contexts: nobody is asked for a pass phrase, and nothing waits for a file.
#include "transport/net/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace transport {
namespace {

using testing::HasSubstr;

std::string text_of(BIO* from) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(from, &data);
    return {data, static_cast<std::size_t>(size)};
}

// A private key, in the form of RFC 7468 or in the older one, protected or not.
std::string key_pem(bool older, const EVP_CIPHER* protection) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
    unsigned char phrase[] = "phrase";
    if (older)
        PEM_write_bio_PrivateKey_traditional(to.get(), key.get(), protection, phrase, 6, nullptr, nullptr);
    else
        PEM_write_bio_PKCS8PrivateKey(to.get(), key.get(), protection, reinterpret_cast<char*>(phrase), 6,
                                      nullptr, nullptr);
    return text_of(to.get());
}

// Self-signed.
std::string certificate_pem() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_sign(made.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(to.get(), made.get());
    return text_of(to.get());
}

TEST(target, a_key_with_a_pass_phrase_is_refused_and_nobody_is_asked) {
    const auto certificate = certificate_pem();
    for (const bool older : {false, true}) {
        const auto made = server_tls({certificate, "c.pem"}, {key_pem(older, EVP_aes_128_cbc()), "k.pem"});
        ASSERT_FALSE(made);
        EXPECT_THAT(made.error().detail, HasSubstr("k.pem"));
        EXPECT_THAT(made.error().detail, HasSubstr("protected by a pass phrase"));
    }
}

TEST(target, says_what_is_wrong_with_a_key_or_a_certificate) {
    const auto certificate = certificate_pem();
    const auto other = server_tls({certificate, "c.pem"}, {key_pem(false, nullptr), "k.pem"});
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().detail, HasSubstr("k.pem does not belong to certificate c.pem"));
    EXPECT_THAT(server_tls({"none", "c.pem"}, {"none", "k.pem"}).error().detail,
                HasSubstr("certificate c.pem: "));
    EXPECT_THAT(server_tls({certificate, "c.pem"}, {"none", "k.pem"}).error().detail,
                HasSubstr("private key k.pem: "));
}

TEST(target, an_authority_that_is_encrypted_is_refused) {
    EXPECT_TRUE(client_tls(certificate_pem()));
    const std::string odd =
        "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
        "-----END CERTIFICATE-----\n";
    const auto made = client_tls(odd);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().detail, HasSubstr("CA bundle: it is protected by a pass phrase"));
}

TEST(target, a_pipe_in_place_of_the_systems_authorities_is_refused_at_once) {
    std::string folder = (std::filesystem::temp_directory_path() / "vmcp-target-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const auto pipe = folder + "/pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const char* const before = std::getenv("SSL_CERT_FILE");
    const std::string kept = before != nullptr ? before : "";
    ASSERT_EQ(setenv("SSL_CERT_FILE", pipe.c_str(), 1), 0);
    const auto made = client_tls("");
    if (before != nullptr)
        setenv("SSL_CERT_FILE", kept.c_str(), 1);
    else
        unsetenv("SSL_CERT_FILE");
    std::filesystem::remove_all(folder);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().detail, HasSubstr("which is a pipe"));
}

} // namespace
} // namespace transport
