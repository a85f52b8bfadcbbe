#include "vmcp/session/learned_uris.hpp"

namespace vmcp {

void learned_uris::learn(std::string uri, std::string backend) {
    if (uri.size() > max_learned_uri)
        return;
    std::erase_if(known_, [&](const auto& e) { return e.first == uri; });
    known_.emplace_front(std::move(uri), std::move(backend));
    if (known_.size() > max_learned)
        known_.pop_back();
}

std::optional<std::string> learned_uris::owner_of(std::string_view uri) const {
    for (const auto& [known, backend] : known_)
        if (known == uri)
            return backend;
    return std::nullopt;
}

} // namespace vmcp
