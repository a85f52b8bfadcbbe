#include "transport/mcp/front/caller_places.hpp"

namespace transport {

counted_caller::counted_caller(const vmcp::identity& who, std::uint64_t network)
    : key(who == vmcp::identity() ? std::to_string(network) : vmcp::key_of(who))
    , authenticated(who != vmcp::identity()) {
}

std::shared_ptr<const void> caller_places::take(const std::string& key, std::size_t most) {
    if (most == 0)
        return nullptr;
    std::map<std::string, std::size_t>::iterator mine;
    {
        const std::lock_guard lock(all_->mutex);
        mine = all_->taken.try_emplace(key, 0).first;
        if (mine->second >= most)
            return nullptr;
        ++mine->second;
    }
    return {this, [all = all_, mine](const void*) {
                const std::lock_guard lock(all->mutex);
                if (--mine->second == 0)
                    all->taken.erase(mine);
            }};
}

} // namespace transport
