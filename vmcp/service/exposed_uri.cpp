#include "vmcp/service/exposed_uri.hpp"

#include <algorithm>

namespace vmcp {
namespace {

// Whose it is for this client; empty: that is not remembered.
std::string owner_of(client_session& session, const catalog& names, const std::string& uri,
                     const std::string& mentioned_by) {
    auto owner = session.learn_uri(uri, mentioned_by);
    if (owner && std::ranges::find(names.backends(), owner->backend) == names.backends().end()) {
        session.forget_uri(uri);
        owner = session.learn_uri(uri, mentioned_by);
    }
    return owner ? owner->backend : std::string();
}

} // namespace

std::string exposed_uri(client_session* session, const catalog& names, std::uint32_t backend,
                        const std::string& uri) {
    if (const auto to = names.find_resource(uri))
        return names.expose_uri(backend, uri, *to);
    const auto& name = names.backends()[backend];
    if (session != nullptr ? owner_of(*session, names, uri, name) == name : names.backends().size() == 1)
        return uri;
    return names.wrapped_uri(backend, uri);
}

} // namespace vmcp
