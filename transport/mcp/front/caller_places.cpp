#include "transport/mcp/front/caller_places.hpp"

namespace transport {

counted_caller::counted_caller(const vmcp::identity& who, std::uint64_t network)
    : key(who == vmcp::identity() ? std::to_string(network) : vmcp::key_of(who))
    , authenticated(who != vmcp::identity()) {
}

std::shared_ptr<const void> caller_places::take(const std::string& key, std::size_t most) {
    if (most == 0)
        return nullptr;
    {
        const std::lock_guard lock(all_->mutex);
        auto& taken = all_->taken[key];
        if (taken >= most)
            return nullptr;
        ++taken;
    }
    return {this, [all = all_, key](const void*) {
                const std::lock_guard lock(all->mutex);
                const auto mine = all->taken.find(key);
                if (--mine->second == 0)
                    all->taken.erase(mine);
            }};
}

} // namespace transport
