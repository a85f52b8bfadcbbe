#include "vmcp/session/learned_uris.hpp"

#include "vmcp/base/uri_normal.hpp"

namespace vmcp {

std::optional<uri_owner> learned_uris::learn(std::string uri, std::string backend) {
    if (uri.size() > max_learned_uri)
        return std::nullopt;
    auto normal = normal_uri(uri);
    if (const auto known = known_.find(normal); known != known_.end())
        return known->second;
    if (known_.size() >= max_learned)
        return std::nullopt;
    return known_.emplace(std::move(normal), uri_owner{std::move(backend), std::move(uri)}).first->second;
}

void learned_uris::forget(std::string_view uri) {
    known_.erase(normal_uri(uri));
}

std::optional<uri_owner> learned_uris::owner_of(std::string_view uri) const {
    const auto known = known_.find(normal_uri(uri));
    return known == known_.end() ? std::nullopt : std::optional(known->second);
}

} // namespace vmcp
