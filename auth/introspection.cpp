#include "auth/introspection.hpp"

#include "auth/json_object.hpp"
#include "vmcp/base/percent.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace auth {
namespace {

using namespace std::chrono_literals;

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and the NUL that OpenSSL writes
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

rejection unavailable(std::string detail) {
    return {refusal::unavailable, "the issuer cannot be asked about the token: " + std::move(detail), 1s};
}

} // namespace

std::string form_urlencoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '*' || c == '-' || c == '.' || c == '_';
        if (plain)
            out.push_back(c);
        else if (c == ' ')
            out.push_back('+');
        else
            vmcp::append_percent(out, c);
    }
    return out;
}

std::string client_basic(std::string_view client_id, std::string_view client_secret) {
    return "Basic " + base64(form_urlencoded(client_id) + ":" + form_urlencoded(client_secret));
}

introspection_request make_introspection_request(std::string_view token, std::string_view client_id,
                                                 std::string_view client_secret) {
    introspection_request out;
    if (!client_id.empty())
        out.authorization = client_basic(client_id, client_secret);
    out.body = "token=" + form_urlencoded(token) + "&token_type_hint=access_token";
    return out;
}

verdict<token_claims> judge_introspection(const fetch_result& answer, const claim_rules& rules,
                                          wall_time now) {
    if (answer.status == 401 || answer.status == 403)
        return unavailable("it refuses the gateway's own credentials (status " +
                           std::to_string(answer.status) + "); check clientId and clientSecret");
    const auto document = document_of(answer);
    if (!document)
        return unavailable(document.error().text);
    if (document->size() > max_introspection)
        return unavailable("its answer is longer than 64 KiB");
    const auto object = json_object::parse(*document);
    if (!object)
        return unavailable(object.error().text);
    const auto active = object->find("active");
    if (active.kind != vmcp::json_kind::boolean)
        return unavailable("its answer does not say whether the token is active");
    if (active.raw != "true")
        return rejection{refusal::invalid_token, "the issuer says that the token is not active"};
    return judge_claims(std::string(*document), rules, claim_source::introspection, now);
}

milliseconds keep_active(wall_time expiry, wall_time now) {
    const auto left = std::chrono::duration_cast<milliseconds>(expiry - now);
    return std::clamp<milliseconds>(left, 0ms, 30s);
}

milliseconds keep_refusal(refusal why) {
    return why == refusal::invalid_token ? 5s : 0s;
}

} // namespace auth
