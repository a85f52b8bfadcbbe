#include "vmcp/door/possession.hpp"

#include "auth/binding.hpp"
#include "auth/dpop.hpp"

#include <chrono>
#include <vector>

namespace vmcp {

using auth::refusal;
using auth::rejection;

namespace {

// Only where it matters: it is taken from the connection with each request.
std::string certificate_of(const credentials_view& from, const auth::confirmation& bound_to) {
    return bound_to.certificate && from.client_certificate ? from.client_certificate() : std::string();
}

} // namespace

auth::verdict<void> check_certificate(const credentials_view& from, const auth::confirmation& bound_to) {
    const auto certificate = certificate_of(from, bound_to);
    return auth::check_binding(bound_to, {.certificate = certificate});
}

auth::verdict<void> possession::check(const credentials_view& from, const auth::credentials& sent,
                                      const auth::confirmation& bound_to) {
    const auto certificate = certificate_of(from, bound_to);
    if (sent.scheme != auth::token_scheme::dpop)
        return auth::check_binding(bound_to, {.scheme = sent.scheme, .certificate = certificate});
    std::vector<std::string_view> proofs;
    from.each_field("DPoP", [&proofs](std::string_view value) { proofs.push_back(value); });
    const auto proof =
        auth::check_dpop({}, {.proofs = proofs, .method = from.method, .url = url_, .token = sent.token},
                         std::chrono::system_clock::now());
    if (!proof)
        return proof.error();
    if (auto bound = auth::check_binding(
            bound_to, {.scheme = sent.scheme, .dpop_key = proof->key, .certificate = certificate});
        !bound)
        return bound;
    if (from.early)
        return {}; // the same proof is looked at again
    switch (seen_.note(proof->id, proof->keep_for, steady_clock::now())) {
    case auth::seen::first:
        return {};
    case auth::seen::again:
        return rejection{refusal::invalid_dpop_proof, "the DPoP proof came before"};
    case auth::seen::full:
        break;
    }
    return rejection{refusal::unavailable, "too many DPoP proofs to remember", std::chrono::seconds(1)};
}

} // namespace vmcp
