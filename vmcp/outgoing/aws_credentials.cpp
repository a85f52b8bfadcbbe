#include "vmcp/outgoing/aws_credentials.hpp"

#include "auth/aws/roles.hpp"
#include "auth/static_credentials.hpp"
#include "vmcp/base/base64url.hpp"
#include "vmcp/base/file_text.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/outgoing/token_span.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace vmcp {
namespace {

using fields_of = std::vector<std::pair<std::string, std::string>>;

std::string digest_of(std::span<const std::string_view> pieces) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    auth::sha256_digest out{};
    bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    for (const auto piece : pieces)
        good = good && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
    if (!good || EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot make a digest");
    return auth::hex_of(auth::bytes_of(out));
}

class signer final : public request_signer {
public:
    signer(auth::aws_keys keys, auth::aws_scope scope) : keys_(std::move(keys)), scope_(std::move(scope)) {}

    fields_of sign(const signable_request& request) const override {
        const auto now = std::chrono::system_clock::now();
        fields_of out{{"X-Amz-Date", auth::aws_time(now)},
                      {"X-Amz-Content-Sha256", digest_of(request.body)},
                      {"X-Amz-Security-Token", keys_.session_token}};
        std::vector<std::pair<std::string_view, std::string_view>> covered{{"host", request.authority}};
        if (!request.content_type.empty())
            covered.emplace_back("content-type", request.content_type);
        covered.insert(covered.end(), out.begin(), out.end());
        auto proof = auth::authorization_v4({.method = request.method,
                                             .target = request.target,
                                             .fields = covered,
                                             .body_digest = out[1].second},
                                            keys_, scope_, now);
        out.emplace_back("Authorization", std::move(proof));
        return out;
    }

private:
    const auth::aws_keys keys_;
    const auth::aws_scope scope_;
};

auth::sha256_digest salt_of(const backend_config& definition, const std::string& url) {
    const auto& aws = definition.auth.tokens.aws;
    std::string text;
    const auto add = [&text](std::string_view part) {
        text.append(std::to_string(part.size())).append(":").append(part);
    };
    for (const auto& part : {definition.name, definition.url, url, aws.region, aws.service,
                             std::to_string(aws.session_seconds), definition.auth.tokens.ca_bundle})
        add(part);
    for (const auto& [name, value] : definition.headers) {
        add(name);
        add(value);
    }
    return auth::sha256(text);
}

} // namespace

aws_credentials::aws_credentials(const backend_config& definition, std::shared_ptr<token_vault> vault,
                                 std::shared_ptr<fetcher> by)
    : backend_(definition.name)
    , settings_(definition.auth.tokens.aws)
    , url_(settings_.sts_url.empty() ? auth::sts_url_of(settings_.region) : settings_.sts_url)
    , vault_(std::move(vault))
    , by_(std::move(by))
    , unsigned_(std::make_shared<const credential>(auth::configured_credential(definition)))
    , salt_(salt_of(definition, url_)) {
}

result<auth::role_terms> aws_credentials::terms_for(const caller& who) const {
    const auto refuse = [&](const std::string& why) {
        return fail(errc::backend_unauthorized, fmt::format("{}: {}", backend_, why));
    };
    if (who.token.empty())
        return refuse("outgoingAuth trades the caller's token for a role of AWS, and this caller has none");
    auto role = auth::role_for(settings_, who.claims);
    if (!role)
        return refuse(role.error().text);
    auto name = auth::session_name_for(settings_, who.claims);
    if (!name)
        return refuse(name.error().text);
    return auth::role_terms{.role = std::move(*role),
                            .session_name = std::move(*name),
                            .token = who.token,
                            .seconds = settings_.session_seconds};
}

// The file with the gateway's own token is replaced now and then: it is read for each role that is assumed.
result<auth::role_terms> aws_credentials::own_terms() const {
    constexpr std::size_t longest = std::size_t{32} << 10;
    auto token = read_file(settings_.own_token_path, pipes::refused, longest);
    const auto bad = [&](std::string_view why) {
        return fail(errc::backend_unavailable, fmt::format("{}: webIdentityTokenPath '{}': {}", backend_,
                                                           settings_.own_token_path, why));
    };
    if (!token)
        return bad(token.error().detail);
    token->resize(token->find_last_not_of(" \t\r\n") + 1);
    if (token->empty())
        return bad("holds no token");
    return auth::role_terms{.role = settings_.own_role.empty() ? settings_.fallback_role : settings_.own_role,
                            .session_name = "vmcp",
                            .token = *std::move(token),
                            .seconds = settings_.session_seconds};
}

auth::sha256_digest aws_credentials::key_of(const auth::role_terms& terms, const caller* who) const {
    std::string text(auth::bytes_of(salt_));
    // The gateway's own token is replaced now and then; a new one stands for the same role, and is no part of the key.
    text.append(auth::bytes_of(auth::sha256(who != nullptr ? terms.token : std::string())));
    text.append(terms.session_name).append("/").append(terms.role);
    return auth::sha256(text);
}

std::shared_ptr<const credential> aws_credentials::at_hand(const caller* who) {
    if (who == nullptr)
        return settings_.own_token_path.empty() ? unsigned_ : nullptr;
    const auto terms = terms_for(*who);
    return terms ? vault_->find(key_of(*terms, who)) : nullptr;
}

awaitable<result<std::shared_ptr<const credential>>> aws_credentials::credential_for(const caller* who) {
    if (who == nullptr && settings_.own_token_path.empty())
        co_return unsigned_;
    const auto terms = who != nullptr ? terms_for(*who) : own_terms();
    if (!terms)
        co_return terms.error();
    const auto key = key_of(*terms, who);
    const auto said =
        co_await vault_->get(key, [&] { return obtain(*terms, base64url_encode(auth::bytes_of(key))); });
    if (!said)
        co_return failure_of(said.error(), backend_);
    co_return *said;
}

awaitable<aws_credentials::outcome> aws_credentials::obtain(const auth::role_terms& terms, std::string key) {
    document_request request{.url = url_,
                             .post = auth::introspection_request{.body = auth::assume_role_form(terms)},
                             .accept = "text/xml"};
    token_span span(backend_, url_);
    const auto came = co_await by_->fetch(std::move(request));
    span.ended(came);
    const std::array<std::string, 1> secrets{terms.token};
    auto role = auth::read_role_answer(came, secrets);
    if (!role)
        co_return role.error();
    const auto left =
        std::chrono::duration_cast<auth::seconds>(role->expiry - std::chrono::system_clock::now());
    credential out = *unsigned_;
    out.key = std::move(key);
    for (const auto* secret : {&role->keys.secret_key, &role->keys.session_token})
        std::ranges::move(secret_forms(*secret), std::back_inserter(out.secrets));
    out.known = known_while_held(out.secrets);
    out.signer = std::make_shared<const signer>(
        std::move(role->keys), auth::aws_scope{.region = settings_.region, .service = settings_.service});
    co_return token_vault::obtained{.what = std::make_shared<const credential>(std::move(out)),
                                    .keep = auth::use_for(std::max(left, auth::seconds(0)))};
}

bool aws_credentials::refused(const credential& which) {
    const auto bytes = base64url_decode(which.key);
    auth::sha256_digest key{};
    if (!bytes || bytes->size() != key.size())
        return false; // the request was not signed: there is nothing to renew
    std::ranges::copy(*bytes, key.begin());
    return vault_->refused(key, which);
}

} // namespace vmcp
