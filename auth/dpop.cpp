#include "auth/dpop.hpp"

#include "auth/json_object.hpp"
#include "auth/jws.hpp"
#include "auth/numeric_date.hpp"
#include "auth/text.hpp"
#include "vmcp/base/base64url.hpp"

#include "vmcp/base/percent.hpp"
#include "vmcp/base/url.hpp"

#include <algorithm>
#include <vector>

namespace auth {
namespace {

constexpr std::size_t max_proof_id = 256; // bytes of a `jti`

rejection invalid(std::string detail) {
    return {refusal::invalid_dpop_proof, "the DPoP proof " + std::move(detail)};
}

rejection invalid(const flaw& problem) {
    return invalid("cannot be used: " + problem.text);
}

// Percent signs of a path that parse_url accepted are followed by two digits. What needs no encoding is
// decoded, and digits become capitals.
std::string normalised_encoding(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto encoded = vmcp::percent_byte(path);
        if (encoded && !vmcp::is_unreserved(*encoded))
            vmcp::append_percent(out, *encoded);
        else
            out.push_back(encoded.value_or(path[0]));
        path.remove_prefix(encoded ? 3 : 1);
    }
    return out;
}

// RFC 3986 section 5.2.4, for a path that starts with '/'.
std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    bool directory = false;
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find('/', at + 1), path.size());
        const auto segment = path.substr(at + 1, end - at - 1);
        directory = segment == "." || segment == "..";
        if (segment == ".." && !kept.empty())
            kept.pop_back();
        if (!directory)
            kept.push_back(segment);
        at = end;
    }
    std::string out;
    for (const auto segment : kept)
        out.append("/").append(segment);
    return directory || out.empty() ? out + "/" : out;
}

// The key in the header, which must be a public one. It is believed in only as far as its thumbprint is the
// token's.
parsed<jwk> read_key(const jws& proof) {
    const auto header = json_object::parse(proof.header_json);
    if (!header)
        return header.error();
    const auto slice = header->find("jwk");
    if (slice.empty())
        return flawed("its header has no 'jwk'");
    const auto object = json_object::parse(slice.raw);
    if (!object)
        return flawed("the key in its header: " + object.error().text);
    auto checks = key_checks::of_sender();
    auto key = read_jwk(*object, checks);
    if (!key)
        return flawed("the key in its header: " + key.error().text);
    return std::move(*key);
}

struct proof_claims {
    std::string id{};
    std::string method{};
    std::string target{};
    std::string token_hash{};
    std::optional<std::string> nonce{};
    wall_time issued{};
};

parsed<proof_claims> read_claims(const jws& proof) {
    const auto object = json_object::parse(proof.payload);
    if (!object)
        return object.error();
    auto id = object->required_string("jti");
    auto method = object->required_string("htm");
    auto target = object->required_string("htu");
    auto token_hash = object->required_string("ath");
    for (const auto* one : {&id, &method, &target, &token_hash}) {
        if (!*one)
            return one->error();
    }
    auto nonce = object->string("nonce");
    if (!nonce)
        return nonce.error();
    const auto issued = numeric_date(*object, "iat");
    if (!issued)
        return issued.error();
    if (!*issued)
        return flawed("'iat' is missing");
    if (id->empty() || id->size() > max_proof_id)
        return flawed("its 'jti' is empty or longer than 256 bytes");
    return proof_claims{std::move(*id),         std::move(*method), std::move(*target),
                        std::move(*token_hash), std::move(*nonce),  **issued};
}

std::optional<rejection> check_claims(const proof_claims& claims, const dpop_rules& rules,
                                      const dpop_request& request, wall_time now) {
    if (claims.method != request.method)
        return invalid("is for another method");
    const auto ours = normalised_target(request.url);
    const auto theirs = normalised_target(claims.target);
    if (!ours || !theirs || *ours != *theirs)
        return invalid("is for " + shown(claims.target) + ", not for " + shown(request.url));
    if (!same_secret(claims.token_hash, vmcp::base64url_encode(bytes_of(sha256(request.token)))))
        return invalid("is for another access token");
    if (claims.issued > now + rules.leeway)
        return invalid("was made in the future");
    if (claims.issued + rules.max_age + rules.leeway <= now)
        return invalid("is too old");
    if (!request.nonces.empty() && (!claims.nonce || std::find(request.nonces.begin(), request.nonces.end(),
                                                               *claims.nonce) == request.nonces.end()))
        return rejection{refusal::use_dpop_nonce, "the DPoP proof has no nonce, or not the right one"};
    return std::nullopt;
}

} // namespace

parsed<std::string> normalised_target(std::string_view url) {
    auto parsed_url = vmcp::parse_url(url.substr(0, url.find_first_of("?#")));
    if (!parsed_url)
        return flawed(parsed_url.error().detail);
    parsed_url->target = without_dot_segments(normalised_encoding(parsed_url->target));
    return parsed_url->text();
}

verdict<dpop_proof> check_dpop(const dpop_rules& rules, const dpop_request& request, wall_time now) {
    if (request.proofs.size() != 1)
        return invalid(request.proofs.empty() ? "is missing" : "comes more than once");
    const auto proof = read_jws(request.proofs.front(), rules.algorithms);
    if (!proof)
        return invalid(proof.error());
    if (proof->header.type != "dpop+jwt")
        return invalid("has another 'typ' than dpop+jwt");
    const auto claims = read_claims(*proof);
    if (!claims)
        return invalid(claims.error());
    if (auto objection = check_claims(*claims, rules, request, now))
        return std::move(*objection);
    const auto key = read_key(*proof);
    if (!key)
        return invalid(key.error());
    if (!verify_jws(*proof, *key))
        return invalid("has a wrong signature");
    dpop_proof out;
    out.key = vmcp::base64url_encode(bytes_of(key->thumbprint));
    out.id = sha256(out.key + "." + claims->id);
    const auto until = claims->issued + rules.max_age + rules.leeway;
    out.keep_for = std::chrono::ceil<milliseconds>(until - now);
    return out;
}

} // namespace auth
