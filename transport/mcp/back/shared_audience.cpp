#include "transport/mcp/back/shared_audience.hpp"

#include "vmcp/base/uri_normal.hpp"

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::log_level;

void shared_audience::join(const std::shared_ptr<vmcp::client_session>& client) {
    const std::lock_guard lock(mutex_);
    members_[client.get()].client = client;
}

std::vector<std::string> shared_audience::leave(who client) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> unwanted;
    const auto it = members_.find(client);
    if (it == members_.end())
        return unwanted;
    const auto uris = std::move(it->second.uris);
    members_.erase(it);
    for (const auto& uri : uris)
        if (remove_locked(client, uri))
            unwanted.push_back(uri);
    return unwanted;
}

// True when nobody is left.
bool shared_audience::remove_locked(who client, const std::string& uri) {
    const auto it = by_uri_.find(uri);
    if (it == by_uri_.end())
        return true;
    it->second.erase(client);
    if (!it->second.empty())
        return false;
    by_uri_.erase(it);
    return true;
}

void shared_audience::subscribe(who client, const std::string& uri) {
    const std::lock_guard lock(mutex_);
    const auto it = members_.find(client);
    if (it == members_.end())
        return;
    it->second.uris.insert(uri);
    by_uri_[uri].insert(client);
}

shared_audience::remaining shared_audience::unsubscribe(who client, const std::string& uri) {
    const std::lock_guard lock(mutex_);
    const auto it = members_.find(client);
    if (it == members_.end() || it->second.uris.erase(uri) == 0)
        return remaining::unchanged;
    return remove_locked(client, uri) ? remaining::nobody : remaining::others;
}

bool shared_audience::step_aside(who client, const std::string& uri) {
    const std::lock_guard lock(mutex_);
    const auto it = by_uri_.find(uri);
    if (it == by_uri_.end() || it->second.size() == it->second.count(client))
        return false;
    it->second.erase(client);
    if (const auto found = members_.find(client); found != members_.end())
        found->second.uris.erase(uri);
    return true;
}

std::size_t shared_audience::subscriptions_of(who client) const {
    const std::lock_guard lock(mutex_);
    const auto it = members_.find(client);
    return it == members_.end() ? 0 : it->second.uris.size();
}

std::set<std::string> shared_audience::uris_of(who client) const {
    const std::lock_guard lock(mutex_);
    const auto it = members_.find(client);
    return it == members_.end() ? std::set<std::string>() : it->second.uris;
}

bool shared_audience::empty() const {
    const std::lock_guard lock(mutex_);
    return members_.empty();
}

std::shared_ptr<vmcp::client_session> shared_audience::only() const {
    const std::lock_guard lock(mutex_);
    return members_.size() == 1 ? members_.begin()->second.client.lock() : nullptr;
}

bool shared_audience::listens() const {
    std::vector<std::shared_ptr<vmcp::client_session>> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [who, one] : members_)
            if (auto alive = one.client.lock())
                all.push_back(std::move(alive));
    }
    return std::ranges::any_of(all, [](const auto& client) {
        const auto stream = client->stream();
        return stream && stream->listening();
    });
}

std::vector<std::shared_ptr<vmcp::client_session>> shared_audience::subscribers(std::string_view uri) const {
    const std::lock_guard lock(mutex_);
    std::set<who> wanting;
    if (const auto exact = by_uri_.find(uri); exact != by_uri_.end()) {
        wanting = exact->second;
    } else {
        const auto normal = vmcp::normal_uri(uri);
        for (const auto& [subscribed, by] : by_uri_)
            if (uri.starts_with(subscribed) || vmcp::normal_uri(subscribed) == normal)
                wanting.insert(by.begin(), by.end());
    }
    std::vector<std::shared_ptr<vmcp::client_session>> out;
    for (const auto one : wanting)
        if (auto alive = members_.at(one).client.lock())
            out.push_back(std::move(alive));
    return out;
}

log_level shared_audience::set_level(who client, log_level level) {
    const std::lock_guard lock(mutex_);
    if (const auto it = members_.find(client); it != members_.end())
        it->second.level = level;
    return level_locked();
}

log_level shared_audience::level() const {
    const std::lock_guard lock(mutex_);
    return level_locked();
}

log_level shared_audience::level_locked() const {
    auto lowest = log_level::unset;
    for (const auto& [who, one] : members_)
        if (one.level != log_level::unset && (lowest == log_level::unset || one.level < lowest))
            lowest = one.level;
    return lowest;
}

} // namespace transport
