#include "auth/binding.hpp"

#include "auth/digest.hpp"
#include "vmcp/base/base64url.hpp"

namespace auth {
namespace {

rejection invalid(std::string_view detail) {
    return {refusal::invalid_token, std::string(detail)};
}

} // namespace

std::string certificate_thumbprint(std::string_view der) {
    return vmcp::base64url_encode(bytes_of(sha256(der)));
}

verdict<void> check_binding(const confirmation& bound_to, const presented& by) {
    if (bound_to.key && by.scheme != token_scheme::dpop)
        return invalid("the token is bound to a DPoP key and was sent as a bearer token");
    if (!bound_to.key && by.scheme == token_scheme::dpop)
        return invalid("the token was sent as a DPoP token and is bound to no key");
    if (bound_to.key && (by.dpop_key.empty() || *bound_to.key != by.dpop_key))
        return invalid("the token is bound to another key than the one of the DPoP proof");
    if (bound_to.certificate && by.certificate.empty())
        return invalid("the token is bound to a client certificate, and none was shown");
    if (bound_to.certificate && *bound_to.certificate != certificate_thumbprint(by.certificate))
        return invalid("the token is bound to another client certificate");
    return {};
}

} // namespace auth
