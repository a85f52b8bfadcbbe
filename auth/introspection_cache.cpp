#include "auth/introspection_cache.hpp"

#include <algorithm>

namespace auth {

using kind = introspection_cache::reply::kind;

introspection_cache::reply introspection_cache::ask(const sha256_digest& token, steady_time now) {
    if (const auto* active = active_.find(token, now))
        return {kind::known, *active, 0};
    if (const auto* refused = refused_.find(token, now))
        return {kind::known, *refused, 0};
    if (const auto question = questions_.find(token); question != questions_.end()) {
        if (waiting_ >= limits_.waiters)
            return {};
        ++waiting_;
        question->second.push_back(++last_ticket_);
        return {kind::wait, std::nullopt, last_ticket_};
    }
    if (questions_.size() >= limits_.questions)
        return {};
    questions_.try_emplace(token);
    return {kind::ask, std::nullopt, 0};
}

std::vector<std::uint64_t> introspection_cache::answered(const sha256_digest& token,
                                                         const shared_verdict& said, steady_time now,
                                                         wall_time wall) {
    if (said)
        active_.put(token, *said, now + keep_active((*said)->expiry, wall), now, weight_of(**said));
    else
        refused_.put(token, said.error(), now + keep_refusal(said.error().why), now,
                     sizeof(rejection) + said.error().detail.size());
    const auto question = questions_.find(token);
    if (question == questions_.end())
        return {};
    auto waiters = std::move(question->second);
    questions_.erase(question);
    waiting_ -= waiters.size();
    return waiters;
}

void introspection_cache::forget(const sha256_digest& token, std::uint64_t ticket) {
    if (const auto question = questions_.find(token); question != questions_.end())
        waiting_ -= std::erase(question->second, ticket);
}

} // namespace auth
