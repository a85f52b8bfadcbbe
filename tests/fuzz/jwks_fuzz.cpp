// Key sets: what is accepted keeps the bounds, is JSON for another reader too, and gives each key a choice or
// none.
#include "auth/jwk_set.hpp"
#include "auth/provider_metadata.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

constexpr auth::algorithm algorithms[] = {
    auth::algorithm::rs256, auth::algorithm::rs384, auth::algorithm::rs512, auth::algorithm::ps256,
    auth::algorithm::ps384, auth::algorithm::ps512, auth::algorithm::es256, auth::algorithm::es384,
    auth::algorithm::es512, auth::algorithm::eddsa};

void check_key(const auth::jwk& key) {
    check(!key.id || key.id->size() <= auth::max_key_id);
    check(!key.alg || auth::fits(*key.alg, key.key.kind()));
    const int bits = EVP_PKEY_get_bits(key.key.get());
    switch (key.key.kind()) {
    case auth::key_kind::rsa:
        check(bits >= auth::min_rsa_bits && bits <= auth::max_rsa_bits);
        break;
    case auth::key_kind::p256:
        check(bits == 256);
        break;
    case auth::key_kind::p384:
        check(bits == 384);
        break;
    case auth::key_kind::p521:
        check(bits == 521);
        break;
    case auth::key_kind::ed25519:
        check(EVP_PKEY_is_a(key.key.get(), "ED25519") == 1);
        break;
    }
}

void check_choices(const auth::jwk_set& set) {
    for (const auto& key : set.keys()) {
        for (const auto alg : algorithms) {
            const bool meant = auth::fits(alg, key.key.kind()) && (!key.alg || *key.alg == alg);
            const auto choice = set.choose(alg, key.id);
            check((choice.how == auth::jwk_set::match::one) == (choice.key != nullptr));
            check(!meant || choice.how != auth::jwk_set::match::none);
            check(choice.key == nullptr ||
                  (choice.key->id == key.id && auth::fits(alg, choice.key->key.kind())) || !key.id);
        }
    }
}

// What is no JSON ends the program. Nothing where it holds a number that no double can: JSON (RFC 8259, 6), which that
// reader does not take.
std::optional<nlohmann::json> parsed(std::string_view text) {
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::out_of_range&) {
        return std::nullopt;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto set = auth::jwk_set::parse(text);
    if (set) {
        const auto other = parsed(text);
        check(!other || set->keys().size() + set->dropped().size() == other->at("keys").size());
        check(set->keys().size() <= auth::max_keys);
        for (const auto& key : set->keys())
            check_key(key);
        check_choices(*set);
        for (const auto& line : set->dropped())
            check(line.size() < 600 && line.find_first_of("\r\n") == std::string::npos);
    } else {
        check(!set.error().text.empty());
    }
    const auto metadata = auth::read_provider_metadata(text, "https://issuer.example", false);
    if (metadata) {
        const auto other = parsed(text);
        check(!other || other->at("issuer") == "https://issuer.example");
        check(!metadata->jwks_uri.empty());
    }
    check(ERR_peek_error() == 0);
    return 0;
}
