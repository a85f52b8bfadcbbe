#include "auth/introspection_cache.hpp"

namespace auth {

using kind = introspection_cache::reply::kind;

introspection_cache::reply introspection_cache::ask(const sha256_digest& token, steady_time now) {
    if (const auto* active = active_.find(token, now))
        return {kind::known, *active, 0};
    if (const auto* refused = refused_.find(token, now))
        return {kind::known, *refused, 0};
    switch (const auto place = questions_.join(token); place.how) {
    case single_flight::place::kind::first:
        return {kind::ask, std::nullopt, 0};
    case single_flight::place::kind::waits:
        return {kind::wait, std::nullopt, place.ticket};
    case single_flight::place::kind::crowded:
        break;
    }
    return {};
}

std::vector<std::uint64_t> introspection_cache::answered(const sha256_digest& token,
                                                         const shared_verdict& said, steady_time now,
                                                         wall_time wall) {
    if (said)
        active_.put(token, *said, now + keep_active((*said)->expiry, wall), now, weight_of(**said));
    else
        refused_.put(token, said.error(), now + keep_refusal(said.error().why), now,
                     sizeof(rejection) + said.error().detail.size());
    return questions_.landed(token);
}

} // namespace auth
