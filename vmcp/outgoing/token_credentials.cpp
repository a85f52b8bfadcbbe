#include "vmcp/outgoing/token_credentials.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/base64url.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/outgoing/token_span.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace vmcp {
namespace {

void add(std::string& to, std::string_view part) {
    to.append(std::to_string(part.size())).append(":").append(part);
}

std::string text_of(const token_client& one) {
    std::string out;
    for (const auto* part : {&one.url, &one.id, &one.secret, &one.key, &one.key_id})
        add(out, *part);
    return out;
}

auth::sha256_digest salt_of(const backend_config& definition) {
    const auto& tokens = definition.auth.tokens;
    std::string text = std::to_string(static_cast<int>(definition.auth.type));
    for (const auto& part :
         {definition.name, definition.url, text_of(tokens.endpoint), text_of(tokens.target), tokens.audience,
          tokens.resource, tokens.subject_token_type, tokens.issuer, tokens.ca_bundle})
        add(text, part);
    for (const auto& scope : tokens.scopes)
        add(text, scope);
    for (const auto& [name, value] : definition.headers) {
        add(text, name);
        add(text, value);
    }
    return auth::sha256(text);
}

auth::token_moment this_moment() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    return {std::chrono::system_clock::now(),
            base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()})};
}

} // namespace

token_credentials::token_credentials(const backend_config& definition, parts tools)
    : backend_(definition.name)
    , with_(std::move(tools))
    , without_token_(std::make_shared<const credential>(auth::configured_credential(definition)))
    , salt_(salt_of(definition)) {
}

auth::sha256_digest token_credentials::key_of(std::string_view subject) const {
    std::string text(auth::bytes_of(salt_));
    if (!subject.empty())
        text.append(auth::bytes_of(auth::sha256(subject)));
    return auth::sha256(text);
}

std::optional<std::string> token_credentials::subject_of(const caller* who) const {
    if (who == nullptr || with_.plan.how == auth::token_plan::way::client_credentials)
        return std::string();
    return who->token.empty() ? std::nullopt : std::optional(who->token);
}

std::shared_ptr<const credential> token_credentials::at_hand(const caller* who) {
    const auto subject = subject_of(who);
    if (!subject)
        return nullptr;
    return auth::token_steps::possible(with_.plan, !subject->empty()) ? with_.vault->find(key_of(*subject))
                                                                      : without_token_;
}

awaitable<result<std::shared_ptr<const credential>>> token_credentials::credential_for(const caller* who) {
    const auto trades = subject_of(who);
    if (!trades)
        co_return fail(errc::backend_unauthorized,
                       fmt::format("{}: outgoingAuth trades the caller's token for one of the backend, and "
                                   "this caller has none",
                                   backend_));
    const auto& subject = *trades;
    if (!auth::token_steps::possible(with_.plan, !subject.empty()))
        co_return without_token_;
    const auto key = key_of(subject);
    const auto said = co_await with_.vault->get(
        key, [this, &subject, &key] { return obtain(subject, base64url_encode(auth::bytes_of(key))); });
    if (!said)
        co_return failure_of(said.error(), backend_);
    co_return *said;
}

awaitable<auth::token_result<token_vault::obtained>> token_credentials::obtain(std::string subject,
                                                                               std::string key) {
    const auto plan = co_await settled_plan();
    if (!plan)
        co_return plan.error();
    const auto token = co_await ask(*plan, std::move(subject));
    if (!token) {
        if (with_.finder && !token.error().refused)
            with_.finder->doubt();
        co_return token.error();
    }
    credential out = *without_token_;
    out.fields.emplace_back("Authorization", "Bearer " + token->value);
    out.key = std::move(key);
    std::ranges::move(secret_forms(token->value), std::back_inserter(out.secrets));
    out.known = known_while_held(secret_forms(token->value));
    co_return token_vault::obtained{.what = std::make_shared<const credential>(std::move(out)),
                                    .keep = auth::use_for(token->expires_in)};
}

// The plan, with the token endpoint that had to be searched for.
awaitable<auth::token_result<auth::token_plan>> token_credentials::settled_plan() {
    auto plan = with_.plan;
    if (!with_.finder)
        co_return plan;
    const auto found = co_await with_.finder->find();
    if (!found)
        co_return auth::token_refusal{.text = "no token endpoint is found", .words = found.error().text};
    auto& at = plan.how == auth::token_plan::way::id_jag ? plan.target : plan.endpoint;
    at.url = (*found)->token_url;
    at.issuer = (*found)->issuer;
    at.secret_in_body = (*found)->secret_in_body;
    if (plan.resource.empty())
        plan.resource = (*found)->resource;
    co_return plan;
}

awaitable<token_credentials::issued> token_credentials::ask(const auth::token_plan& plan,
                                                            std::string subject) {
    auth::token_steps steps(plan, std::move(subject));
    auto next = steps.start(this_moment());
    while (next.ask) {
        const auto& by = next.ask->url == with_.plan.endpoint.url || next.ask->url == with_.plan.target.url
                             ? with_.given
                             : with_.found;
        document_request request{.url = next.ask->url,
                                 .post = auth::introspection_request{std::move(next.ask->authorization),
                                                                     std::move(next.ask->body)}};
        token_span span(backend_, request.url);
        const auto came = co_await by->fetch(std::move(request));
        span.ended(came);
        next = steps.answered(came, this_moment());
    }
    co_return *std::move(next.done);
}

bool token_credentials::refused(const credential& which) {
    const auto bytes = base64url_decode(which.key);
    auth::sha256_digest key{};
    if (!bytes || bytes->size() != key.size())
        return false; // the request carried no token: there is nothing to renew
    std::ranges::copy(*bytes, key.begin());
    const bool another = with_.vault->refused(key, which);
    if (with_.finder && another)
        with_.finder->doubt(); // the backend may have moved to another authorization server
    return another;
}

} // namespace vmcp
