#include "vmcp/outgoing/token_credentials.hpp"

#include "vmcp/base/base64url.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

auth::sha256_digest salt_of(const backend_config& of) {
    const auto& tokens = of.auth.tokens;
    std::string text = std::to_string(static_cast<int>(of.auth.type));
    for (const auto& part : {of.name, of.url, text_of(tokens.endpoint), text_of(tokens.target),
                             tokens.audience, tokens.resource, tokens.subject_token_type})
        add(text, part);
    for (const auto& scope : tokens.scopes)
        add(text, scope);
    for (const auto& [name, value] : of.headers) {
        add(text, name);
        add(text, value);
    }
    return auth::sha256(text);
}

std::shared_ptr<const credential> fixed_part(const backend_config& of) {
    credential out;
    for (const auto& [name, value] : of.headers) {
        out.fields.emplace_back(name, value);
        std::ranges::move(secret_forms(value), std::back_inserter(out.secrets));
    }
    for (const auto& value : secrets_in_url(of.url))
        std::ranges::move(secret_forms(value), std::back_inserter(out.secrets));
    return std::make_shared<const credential>(std::move(out));
}

} // namespace

token_credentials::token_credentials(const backend_config& of, auth::token_plan plan,
                                     std::shared_ptr<token_vault> from)
    : backend_(of.name)
    , plan_(std::make_shared<const auth::token_plan>(std::move(plan)))
    , from_(std::move(from))
    , without_token_(fixed_part(of))
    , salt_(salt_of(of)) {
}

auth::sha256_digest token_credentials::key_of(std::string_view subject) const {
    std::string text(auth::bytes_of(salt_));
    if (!subject.empty())
        text.append(auth::bytes_of(auth::sha256(subject)));
    return auth::sha256(text);
}

awaitable<result<std::shared_ptr<const credential>>> token_credentials::credential_for(const caller* who) {
    const bool trades = plan_->how != auth::token_plan::way::client_credentials;
    const std::string subject = who != nullptr && trades ? who->token : std::string();
    if (who != nullptr && trades && subject.empty())
        co_return fail(errc::backend_unauthorized,
                       fmt::format("{}: outgoingAuth trades the caller's token for one of the backend, and "
                                   "this caller has none",
                                   backend_));
    if (!auth::token_steps::possible(*plan_, !subject.empty()))
        co_return without_token_;
    const auto key = key_of(subject);
    const auto wrap = [fixed = without_token_,
                       name = base64url_encode(auth::bytes_of(key))](const std::string& token) {
        credential out = *fixed;
        out.fields.emplace_back("Authorization", "Bearer " + token);
        out.key = name;
        std::ranges::move(secret_forms(token), std::back_inserter(out.secrets));
        return std::make_shared<const credential>(std::move(out));
    };
    const auto said = co_await from_->get(key, plan_, subject, wrap);
    if (said)
        co_return *said;
    const auto code = said.error().refused ? errc::backend_unauthorized : errc::backend_unavailable;
    if (!said.error().words.empty())
        log::info("backend {}: {}: {}", backend_, said.error().text, said.error().words);
    co_return fail(code, fmt::format("{}: {}", backend_, said.error().text));
}

bool token_credentials::refused(const credential& which) {
    const auto bytes = base64url_decode(which.key);
    auth::sha256_digest key{};
    if (!bytes || bytes->size() != key.size())
        return false; // what went along had no token
    std::ranges::copy(*bytes, key.begin());
    return from_->refused(key, which);
}

} // namespace vmcp
