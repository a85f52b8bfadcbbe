#include "auth/tokens/token_request.hpp"

#include "auth/introspection.hpp"
#include "vmcp/base/json_text.hpp"

namespace auth {
namespace {

constexpr seconds assertion_life{60};

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out.append(out.empty() ? "" : " ").append(word);
    return out;
}

// RFC 7523 section 3: issued by the client about itself, for this server, to be used at once.
std::string assertion(const token_endpoint& at, const token_moment& when) {
    const auto issued = std::chrono::duration_cast<seconds>(when.now.time_since_epoch());
    const auto id = vmcp::quoted(at.client_id);
    return at.key->sign(R"({"iss":)" + id + R"(,"sub":)" + id + R"(,"aud":)" +
                        vmcp::quoted(at.issuer.empty() ? at.url : at.issuer) + R"(,"jti":)" +
                        vmcp::quoted(when.unique) + R"(,"iat":)" + std::to_string(issued.count()) +
                        R"(,"exp":)" + std::to_string((issued + assertion_life).count()) + "}");
}

class form {
public:
    explicit form(std::string_view grant) { add("grant_type", grant); }

    // What is empty is left out.
    void add(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        body_.append(body_.empty() ? "" : "&").append(name).append("=").append(form_urlencoded(value));
    }

    [[nodiscard]] token_request to(const token_endpoint& at, const token_moment& when) {
        token_request out{.url = at.url};
        if (at.key) {
            add("client_id", at.client_id);
            add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            add("client_assertion", assertion(at, when));
        } else if (!at.client_secret.empty() && at.secret_in_body) {
            add("client_id", at.client_id);
            add("client_secret", at.client_secret);
        } else if (!at.client_secret.empty()) {
            out.authorization = client_basic(at.client_id, at.client_secret);
        } else {
            add("client_id", at.client_id);
        }
        out.body = std::move(body_);
        return out;
    }

private:
    std::string body_{};
};

} // namespace

token_request exchange_request(const token_endpoint& at, const exchange_terms& terms,
                               const token_moment& when) {
    form out("urn:ietf:params:oauth:grant-type:token-exchange");
    out.add("resource", terms.resource);
    out.add("audience", terms.audience);
    out.add("scope", joined(terms.scopes));
    out.add("requested_token_type", terms.requested_token_type);
    out.add("subject_token", terms.subject_token);
    out.add("subject_token_type", terms.subject_token_type);
    return out.to(at, when);
}

token_request client_credentials_request(const token_endpoint& at, const own_terms& terms,
                                         const token_moment& when) {
    form out("client_credentials");
    out.add("scope", joined(terms.scopes));
    out.add("audience", terms.audience);
    out.add("resource", terms.resource);
    return out.to(at, when);
}

token_request jwt_bearer_request(const token_endpoint& at, std::string_view assertion_of_issuer,
                                 const std::vector<std::string>& scopes, const token_moment& when) {
    form out("urn:ietf:params:oauth:grant-type:jwt-bearer");
    out.add("assertion", assertion_of_issuer);
    out.add("scope", joined(scopes));
    return out.to(at, when);
}

} // namespace auth
