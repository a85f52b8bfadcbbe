// Owners of OpenSSL's objects, and its error queue kept clean.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

namespace auth {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using evp_pkey = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using evp_pkey_ctx = std::unique_ptr<EVP_PKEY_CTX, openssl_free<EVP_PKEY_CTX_free>>;
using evp_md_ctx = std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>;
using bignum = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using ecdsa_sig = std::unique_ptr<ECDSA_SIG, openssl_free<ECDSA_SIG_free>>;
using param_build = std::unique_ptr<OSSL_PARAM_BLD, openssl_free<OSSL_PARAM_BLD_free>>;
using param_list = std::unique_ptr<OSSL_PARAM, openssl_free<OSSL_PARAM_free>>;

// Takes off the thread's error queue whatever was put there during its life. A bad signature must leave
// nothing behind: the TLS streams of the same thread read that queue to learn why they failed.
class openssl_errors {
public:
    openssl_errors() noexcept { ERR_set_mark(); }
    ~openssl_errors() { ERR_pop_to_mark(); }
    openssl_errors(const openssl_errors&) = delete;
    openssl_errors& operator=(const openssl_errors&) = delete;
};

} // namespace auth
