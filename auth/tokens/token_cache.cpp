#include "auth/tokens/token_cache.hpp"

#include <utility>

namespace auth {

using kind = token_cache::reply::kind;

namespace {

constexpr std::size_t around = 400; // nodes, control block, small members

std::size_t weight_of(const vmcp::credential& one) {
    std::size_t out = around + one.key.size();
    for (const auto& [name, value] : one.fields)
        out += name.size() + value.size();
    // Each is held by the credential, by `known`, and by what texts are searched with.
    constexpr std::size_t copies = 3;
    constexpr std::size_t around_form = 3 * sizeof(std::string) + 64;
    for (const auto& secret : one.secrets)
        out += copies * secret.size() + around_form;
    return out;
}

} // namespace

token_cache::token_cache(token_cache_bounds bounds)
    : tokens_(bounds.entries, bounds.bytes)
    , refusals_(bounds.entries, std::size_t{4} << 20)
    , dropped_(bounds.entries)
    , fetches_({.flights = bounds.fetches, .waiters = bounds.waiters}) {
}

token_cache::reply token_cache::ask(const sha256_digest& key, steady_time now) {
    if (const auto* token = tokens_.find(key, now))
        return {kind::known, credential_result(*token), 0};
    if (const auto* refusal = refusals_.find(key, now))
        return {kind::known, credential_result(*refusal), 0};
    switch (const auto place = fetches_.join(key); place.how) {
    case single_flight::place::kind::first:
        return {kind::fetch, std::nullopt, 0};
    case single_flight::place::kind::waits:
        return {kind::wait, std::nullopt, place.ticket};
    case single_flight::place::kind::crowded:
        break;
    }
    return {};
}

shared_credential token_cache::find(const sha256_digest& key, steady_time now) {
    const auto* const token = tokens_.find(key, now);
    return token != nullptr ? *token : nullptr;
}

std::vector<std::uint64_t> token_cache::fetched(const sha256_digest& key, const credential_result& said,
                                                seconds keep, steady_time now) {
    if (said)
        tokens_.put(key, *said, now + keep, now, weight_of(**said));
    else
        refusals_.put(key, said.error(), now + keep_refusal(said.error()), now,
                      around + said.error().text.size());
    return fetches_.landed(key);
}

bool token_cache::refused(const sha256_digest& key, const vmcp::credential& which, steady_time now) {
    const auto* token = tokens_.find(key, now);
    if (token == nullptr || token->get() != &which)
        return true; // it has ended, or somebody else has reported it
    if (dropped_.find(key, now) != nullptr)
        return false;
    dropped_.put(key, true, now + patience, now);
    tokens_.erase(key);
    return true;
}

} // namespace auth
