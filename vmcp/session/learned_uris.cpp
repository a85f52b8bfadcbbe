#include "vmcp/session/learned_uris.hpp"

#include <algorithm>

namespace vmcp {

std::string learned_uris::learn(std::string uri, std::string backend) {
    if (uri.size() > max_learned_uri)
        return backend;
    // Mentioned again, and therefore young.
    if (const auto known = std::ranges::find(known_, uri, &entry::first); known != known_.end()) {
        auto again = std::move(*known);
        known_.erase(known);
        known_.push_front(std::move(again));
        return known_.front().second;
    }
    known_.emplace_front(std::move(uri), std::move(backend));
    if (known_.size() > max_learned)
        known_.pop_back();
    return known_.front().second;
}

void learned_uris::forget(std::string_view uri) {
    std::erase_if(known_, [&](const entry& one) { return one.first == uri; });
}

std::optional<std::string> learned_uris::owner_of(std::string_view uri) const {
    for (const auto& [known, backend] : known_)
        if (known == uri)
            return backend;
    return std::nullopt;
}

} // namespace vmcp
