#include "auth/jwk_set.hpp"

#include "auth/text.hpp"

namespace auth {
namespace {

using vmcp::json_kind;
using vmcp::json_slice;

parsed<std::vector<json_slice>> elements_of(const json_object& document) {
    const auto keys = document.find("keys");
    if (keys.kind != json_kind::array || keys.empty())
        return flawed("the key set has no array 'keys'");
    vmcp::json_cursor cursor(keys.raw, max_depth);
    std::vector<json_slice> out;
    bool done = false;
    if (!cursor.enter_array())
        return flawed("the key set cannot be read");
    while (cursor.next_element(done) && !done) {
        json_slice element;
        if (out.size() == max_keys)
            return flawed("the key set has more than 100 keys");
        if (!cursor.value(element) || element.kind != json_kind::object)
            return flawed("the key set holds something that is no object");
        out.push_back(element);
    }
    return out;
}

std::string describe(std::size_t index, const json_object* object, const flaw& problem) {
    std::string out = "key " + std::to_string(index + 1);
    if (const auto id = object != nullptr ? object->string("kid") : std::optional<std::string>{}; id && *id)
        out += " " + shown(**id);
    return out + ": " + problem.text;
}

} // namespace

parsed<jwk_set> jwk_set::parse(std::string_view document) {
    if (document.size() > max_key_set)
        return flawed("the key set is longer than 512 KiB");
    const auto whole = json_object::parse(document);
    if (!whole)
        return flawed("the key set cannot be used: " + whole.error().text);
    const auto elements = elements_of(*whole);
    if (!elements)
        return elements.error();
    jwk_set out;
    auto checks = key_checks::of_issuer();
    for (std::size_t i = 0; i < elements->size(); ++i) {
        const auto object = json_object::parse((*elements)[i].raw);
        if (!object) {
            out.dropped_.push_back(describe(i, nullptr, object.error()));
            continue;
        }
        auto key = read_jwk(*object, checks);
        if (key)
            out.keys_.push_back(std::move(*key));
        else
            out.dropped_.push_back(describe(i, &*object, key.error()));
    }
    return out;
}

jwk_set::choice jwk_set::choose(algorithm alg, const std::optional<std::string>& id) const noexcept {
    choice out;
    for (const auto& one : keys_) {
        if ((id && one.id != id) || !fits(alg, one.key.kind()) || (one.alg && *one.alg != alg))
            continue;
        if (out.key != nullptr)
            return {match::several, nullptr};
        out = {match::one, &one};
    }
    return out;
}

} // namespace auth
