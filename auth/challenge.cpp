#include "auth/challenge.hpp"

#include <algorithm>

namespace auth {
namespace {

// One challenge of RFC 9110 section 11.6.1, written parameter by parameter.
class challenge {
public:
    explicit challenge(std::string_view scheme) : text_(scheme) {}

    void add(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        text_.append(first_ ? " " : ", ").append(name).append("=").append(quoted_string(value));
        first_ = false;
    }

    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    std::string text_;
    bool first_ = true;
};

void add_error(challenge& to, const refusal_row& row) {
    to.add("error", row.error);
    if (!row.error.empty())
        to.add("error_description", row.text);
}

bool invites(refusal why) noexcept {
    switch (why) {
    case refusal::no_credentials:
    case refusal::invalid_token:
    case refusal::insufficient_scope:
    case refusal::invalid_dpop_proof:
    case refusal::use_dpop_nonce:
        return true;
    case refusal::invalid_request:
    case refusal::too_many:
    case refusal::unavailable:
        break;
    }
    return false;
}

} // namespace

std::string quoted_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

bool quotable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_scope(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string scope_list(std::span<const std::string> scopes) {
    std::string out;
    for (const auto& one : scopes) {
        if (one != "offline_access")
            out.append(out.empty() ? "" : " ").append(one);
    }
    return out;
}

refused_answer answer_to(const rejection& why, token_scheme scheme, const challenge_settings& settings,
                         std::span<const std::string> operation_scopes) {
    const auto& row = row_of(why.why);
    refused_answer out{row.http_status, {}, std::nullopt, row.text};
    if (why.why == refusal::unavailable || why.why == refusal::too_many)
        out.retry_after = std::max(why.retry_after, std::chrono::seconds{1});
    if (why.why == refusal::invalid_request) {
        challenge only("Bearer");
        add_error(only, row);
        out.www_authenticate.push_back(std::move(only).text());
    }
    if (!invites(why.why))
        return out;
    const auto scopes = scope_list(operation_scopes.empty() ? settings.scopes : operation_scopes);
    const bool used_dpop = settings.dpop && scheme == token_scheme::dpop;
    challenge bearer("Bearer");
    if (!used_dpop)
        add_error(bearer, row);
    bearer.add("resource_metadata", settings.resource_metadata);
    bearer.add("scope", scopes);
    out.www_authenticate.push_back(std::move(bearer).text());
    if (!settings.dpop)
        return out;
    challenge dpop("DPoP");
    if (used_dpop)
        add_error(dpop, row);
    dpop.add("algs", algorithm_list(settings.dpop_algorithms));
    dpop.add("resource_metadata", settings.resource_metadata);
    dpop.add("scope", scopes);
    out.www_authenticate.push_back(std::move(dpop).text());
    return out;
}

} // namespace auth
