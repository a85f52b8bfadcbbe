#include "auth/jws.hpp"

#include "auth/signature.hpp"
#include "auth/text.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/base64url.hpp"

#include <array>

namespace auth {
namespace {

// RFC 7515 section 4.1.9: a media type, whose "application/" may be left out and whose case does not matter.
std::string media_type(std::string_view text) {
    constexpr std::string_view prefix = "application/";
    auto out = vmcp::lowered(text);
    if (out.starts_with(prefix))
        out.erase(0, prefix.size());
    return out;
}

// The three parts, or nothing.
std::optional<std::array<std::string_view, 3>> split(std::string_view compact) {
    const auto first = compact.find('.');
    if (first == std::string_view::npos)
        return std::nullopt;
    const auto second = compact.find('.', first + 1);
    if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
        return std::nullopt;
    return std::array{compact.substr(0, first), compact.substr(first + 1, second - first - 1),
                      compact.substr(second + 1)};
}

// What vmcp must understand and does not, or nothing.
std::optional<flaw> foreign_processing(const json_object& header) {
    if (header.has("crit"))
        return flawed("its header has 'crit', an extension that must be understood");
    if (header.has("b64"))
        return flawed("its header has 'b64', an unencoded payload");
    const auto content = header.string("cty");
    if (!content)
        return content.error();
    if (*content && media_type(**content) == "jwt")
        return flawed("its header has 'cty', a token inside of the token");
    return std::nullopt;
}

parsed<std::optional<std::string>> read_key_id(const json_object& header) {
    auto id = header.string("kid");
    if (!id || !*id)
        return id;
    if ((*id)->size() > max_key_id || has_control(**id))
        return flawed("its 'kid' is longer than 256 bytes or holds control characters");
    return id;
}

parsed<jws_header> read_header(std::string_view json, algorithm_set allowed) {
    const auto object = json_object::parse(json);
    if (!object)
        return flawed("its header cannot be used: " + object.error().text);
    const auto name = object->required_string("alg");
    if (!name)
        return name.error();
    const auto alg = algorithm_from(*name);
    if (!alg || !allowed.contains(*alg))
        return flawed("its algorithm is not one of those that are let in");
    if (auto foreign = foreign_processing(*object))
        return std::move(*foreign);
    auto id = read_key_id(*object);
    if (!id)
        return id.error();
    const auto type = object->string("typ");
    if (!type)
        return type.error();
    return jws_header{*alg, std::move(*id), *type ? media_type(**type) : std::string{}};
}

} // namespace

parsed<jws> read_jws(std::string_view compact, algorithm_set allowed) {
    if (compact.size() > max_token)
        return flawed("it is longer than 16 KiB");
    const auto parts = split(compact);
    if (!parts)
        return flawed("it has not three parts");
    auto header_json = vmcp::base64url_decode((*parts)[0]);
    auto payload = vmcp::base64url_decode((*parts)[1]);
    auto signature = vmcp::base64url_decode((*parts)[2]);
    if (!header_json || !payload || !signature)
        return flawed("a part of it is not base64url");
    if (signature->empty())
        return flawed("it has no signature");
    auto header = read_header(*header_json, allowed);
    if (!header)
        return header.error();
    const auto input_size = compact.size() - (*parts)[2].size() - 1;
    return jws{std::move(*header), std::move(*header_json), std::move(*payload), std::move(*signature),
               std::string(compact.substr(0, input_size))};
}

bool verify_jws(const jws& token, const jwk& key) {
    return (!key.alg || *key.alg == token.header.alg) &&
           verify_signature(token.header.alg, key.key, token.signing_input, token.signature);
}

} // namespace auth
