#include "auth/introspection_cache.hpp"

namespace auth {

using kind = introspection_cache::reply::kind;

std::optional<introspection_cache::reply> introspection_cache::find(const sha256_digest& token,
                                                                    steady_time now) {
    if (const auto* active = active_.find(token, now))
        return reply{kind::known, *active, 0};
    if (const auto* refused = refused_.find(token, now))
        return reply{kind::known, *refused, 0};
    if (!questions_.flies(token))
        return std::nullopt;
    const auto place = questions_.join(token);
    return place.how == single_flight::place::kind::waits ? reply{kind::wait, std::nullopt, place.ticket}
                                                          : reply{};
}

introspection_cache::reply introspection_cache::ask(const sha256_digest& token, bool proven,
                                                    steady_time now) {
    if (auto found = find(token, now))
        return *std::move(found);
    const auto place = questions_.join(token, proven ? 0 : for_proven_);
    return place.how == single_flight::place::kind::first ? reply{kind::ask, std::nullopt, 0} : reply{};
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
