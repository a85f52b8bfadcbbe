#include "auth/jwk.hpp"

#include "vmcp/base/base64url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace auth {
namespace {

// d, p, q and so on of RFC 7518 section 6; k is a symmetric key.
constexpr std::array<std::string_view, 8> private_members{"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

struct key_material {
    public_key key;
    sha256_digest thumbprint;
};

parsed<std::string> octets(const json_object& object, std::string_view name) {
    const auto text = object.required_string(name);
    if (!text)
        return text.error();
    auto decoded = vmcp::base64url_decode(*text);
    if (!decoded)
        return flawed("'" + std::string(name) + "' is not base64url");
    return std::move(*decoded);
}

std::string_view without_sign_octet(std::string_view number) {
    if (number.size() > 1 && number.front() == '\0')
        number.remove_prefix(1);
    return number;
}

// RFC 7638 section 3.2: the required members in lexicographic order, without white space. Their values hold
// nothing that JSON would escape.
sha256_digest thumbprint_of(std::initializer_list<std::pair<std::string_view, std::string>> members) {
    std::string text;
    for (const auto& [name, value] : members) {
        text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":\"").append(value).append("\"");
    }
    return sha256(text + "}");
}

parsed<key_material> read_rsa(const json_object& object, key_checks& checks) {
    const auto n = octets(object, "n");
    if (!n)
        return n.error();
    const auto e = octets(object, "e");
    if (!e)
        return e.error();
    auto key = public_key::rsa(*n, *e, checks);
    if (!key)
        return key.error();
    return key_material{std::move(*key),
                        thumbprint_of({{"e", vmcp::base64url_encode(without_sign_octet(*e))},
                                       {"kty", "RSA"},
                                       {"n", vmcp::base64url_encode(without_sign_octet(*n))}})};
}

std::optional<key_kind> curve_of(std::string_view name) {
    if (name == "P-256")
        return key_kind::p256;
    if (name == "P-384")
        return key_kind::p384;
    if (name == "P-521")
        return key_kind::p521;
    return std::nullopt;
}

parsed<key_material> read_ec(const json_object& object) {
    const auto name = object.required_string("crv");
    if (!name)
        return name.error();
    const auto curve = curve_of(*name);
    if (!curve)
        return flawed("its curve is none of P-256, P-384 and P-521");
    const auto x = octets(object, "x");
    if (!x)
        return x.error();
    const auto y = octets(object, "y");
    if (!y)
        return y.error();
    auto key = public_key::ec(*curve, *x, *y);
    if (!key)
        return key.error();
    return key_material{std::move(*key), thumbprint_of({{"crv", *name},
                                                        {"kty", "EC"},
                                                        {"x", vmcp::base64url_encode(*x)},
                                                        {"y", vmcp::base64url_encode(*y)}})};
}

parsed<key_material> read_okp(const json_object& object) {
    const auto name = object.required_string("crv");
    if (!name)
        return name.error();
    if (*name != "Ed25519")
        return flawed("its curve is not Ed25519");
    const auto x = octets(object, "x");
    if (!x)
        return x.error();
    auto key = public_key::ed25519(*x);
    if (!key)
        return key.error();
    return key_material{
        std::move(*key),
        thumbprint_of({{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", vmcp::base64url_encode(*x)}})};
}

parsed<key_material> read_material(const json_object& object, key_checks& checks) {
    const auto type = object.required_string("kty");
    if (!type)
        return type.error();
    if (*type == "RSA")
        return read_rsa(object, checks);
    if (*type == "EC")
        return read_ec(object);
    if (*type == "OKP")
        return read_okp(object);
    return flawed("its type is none of RSA, EC and OKP");
}

// RFC 7517 sections 4.2 and 4.3. Absent members forbid nothing.
parsed<bool> verifies_signatures(const json_object& object) {
    const auto use = object.string("use");
    if (!use)
        return use.error();
    const auto operations = object.strings("key_ops");
    if (!operations)
        return operations.error();
    const auto& listed = *operations;
    return (!*use || **use == "sig") &&
           (!listed || std::find(listed->begin(), listed->end(), "verify") != listed->end());
}

// Nothing where the key is for any algorithm of its type.
parsed<std::optional<algorithm>> read_algorithm(const json_object& object, key_kind kind) {
    const auto name = object.string("alg");
    if (!name)
        return name.error();
    if (!*name)
        return std::optional<algorithm>{};
    const auto known = algorithm_from(**name);
    if (!known || !fits(*known, kind))
        return flawed("its 'alg' is unknown or does not go with its type");
    return known;
}

} // namespace

parsed<jwk> read_jwk(const json_object& object, key_checks& checks) {
    for (const auto name : private_members) {
        if (object.has(name))
            return flawed("it holds the private or symmetric member '" + std::string(name) + "'");
    }
    auto id = object.string("kid");
    if (!id)
        return id.error();
    if (*id && (*id)->size() > max_key_id)
        return flawed("its 'kid' is longer than 256 bytes");
    const auto verifies = verifies_signatures(object);
    if (!verifies)
        return verifies.error();
    if (!*verifies)
        return flawed("its 'use' or 'key_ops' is for something else than verifying signatures");
    auto material = read_material(object, checks);
    if (!material)
        return material.error();
    const auto alg = read_algorithm(object, material->key.kind());
    if (!alg)
        return alg.error();
    return jwk{std::move(*id), *alg, std::move(material->key), material->thumbprint};
}

} // namespace auth
