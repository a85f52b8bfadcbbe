#include "transport/mcp/back/shared_sessions.hpp"

#include <algorithm>
#include <utility>

namespace transport {

std::shared_ptr<http_session> shared_sessions::get(const std::string& key,
                                                   const std::function<std::shared_ptr<http_session>()>& make,
                                                   vmcp::steady_clock::time_point now) {
    std::vector<std::shared_ptr<http_session>> leaving;
    std::shared_ptr<http_session> made;
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = by_key_.find(key); known != by_key_.end()) {
            known->second.used = now;
            return known->second.session;
        }
        made = make();
        leaving = sort_out(now);
        if (closed_)
            leaving.push_back(made);
        else
            by_key_.emplace(key, entry{made, now});
    }
    for (const auto& session : leaving)
        session->close();
    return made;
}

std::vector<std::shared_ptr<http_session>> shared_sessions::sort_out(vmcp::steady_clock::time_point now) {
    using place = decltype(by_key_)::iterator;
    std::vector<place> unused;
    for (auto it = by_key_.begin(); it != by_key_.end(); ++it)
        if (!it->second.session->in_use())
            unused.push_back(it);
    std::ranges::sort(unused, {}, [](const place& p) { return p->second.used; });
    std::vector<std::shared_ptr<http_session>> out;
    std::size_t left = unused.size();
    for (const auto& one : unused) {
        if (left <= max_unused && now - one->second.used < max_rest)
            break;
        --left;
        out.push_back(std::move(one->second.session));
        by_key_.erase(one);
    }
    return out;
}

void shared_sessions::close_all() {
    decltype(by_key_) all;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        all.swap(by_key_);
    }
    for (const auto& [key, one] : all)
        one.session->close();
}

std::size_t shared_sessions::size() const {
    const std::lock_guard lock(mutex_);
    return by_key_.size();
}

} // namespace transport
