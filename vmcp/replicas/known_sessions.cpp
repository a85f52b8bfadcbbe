#include "vmcp/replicas/known_sessions.hpp"

#include <functional>
#include <utility>

namespace vmcp {
namespace {

std::size_t hash_of(const std::string& text) {
    return std::hash<std::string>{}(text);
}

} // namespace

known_sessions::look known_sessions::find(const std::string& digest, steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (buried_.contains(digest))
        return {.ended = true};
    const auto it = known_.find(digest);
    if (it == known_.end())
        return {};
    auto& known = it->second;
    look out{.session = known.session.lock(), .generation = known.generation};
    if (!out.session) {
        known_.erase(it);
        return {};
    }
    known.used = now;
    if (!known.watched) {
        known.watched = true;
        watched_.push_back(digest);
    }
    out.confirmed = now < known.confirmed_until;
    if (!out.confirmed)
        known.confirmed_until = now + asked_for;
    return out;
}

std::shared_ptr<live_session> known_sessions::session(const std::string& digest) const {
    const std::lock_guard lock(mutex_);
    const auto it = known_.find(digest);
    return it == known_.end() ? nullptr : it->second.session.lock();
}

void known_sessions::confirm(const std::string& digest, const std::shared_ptr<live_session>& session,
                             std::string record, steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto& known = known_[digest];
    if (known.session.expired()) {
        known.session = session;
        known.changes = session->changes();
        known.used = now;
    }
    known.record_hash = hash_of(record);
    known.confirmed_until = now + confirmed_for;
    known.generation = generation_;
}

void known_sessions::doubt(const std::string& digest) {
    const std::lock_guard lock(mutex_);
    if (const auto it = known_.find(digest); it != known_.end())
        it->second.confirmed_until = {};
}

void known_sessions::doubt_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [digest, known] : known_)
        known.confirmed_until = {};
}

void known_sessions::forget(const std::string& digest) {
    const std::lock_guard lock(mutex_);
    known_.erase(digest);
}

bool known_sessions::is_stored(const std::string& digest, const std::string& record) const {
    const std::lock_guard lock(mutex_);
    const auto it = known_.find(digest);
    return it != known_.end() && it->second.record_hash == hash_of(record);
}

bool known_sessions::has_changed(const std::string& digest) const {
    const std::lock_guard lock(mutex_);
    const auto it = known_.find(digest);
    const auto session = it == known_.end() ? nullptr : it->second.session.lock();
    return session && session->changes() != it->second.changes;
}

// ---- the store lost everything ----

void known_sessions::new_generation() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    for (auto& [digest, known] : known_)
        known.confirmed_until = {};
}

std::uint64_t known_sessions::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

std::vector<std::string> known_sessions::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    out.reserve(known_.size());
    for (const auto& [digest, known] : known_)
        out.push_back(digest);
    return out;
}

// ---- what has to be written ----

std::vector<std::string> known_sessions::take_changed(steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    std::erase_if(watched_, [&](const std::string& digest) {
        const auto it = known_.find(digest);
        const auto session = it == known_.end() ? nullptr : it->second.session.lock();
        if (!session)
            return true;
        auto& known = it->second;
        if (session->changes() != known.changes)
            out.push_back(digest);
        else if (now - known.used > watched_for && !session->busy())
            known.watched = false;
        return !known.watched;
    });
    return out;
}

void known_sessions::stored(const std::string& digest, std::string record, std::uint32_t changes) {
    const std::lock_guard lock(mutex_);
    const auto it = known_.find(digest);
    if (it == known_.end())
        return;
    it->second.record_hash = hash_of(record);
    it->second.changes = changes;
}

// ---- sessions that ended while the store was away ----

void known_sessions::bury(const std::string& digest) {
    const std::lock_guard lock(mutex_);
    if (buried_.size() < most_buried)
        buried_.insert(digest);
}

void known_sessions::unbury(const std::string& digest) {
    const std::lock_guard lock(mutex_);
    buried_.erase(digest);
}

std::vector<std::string> known_sessions::buried() const {
    const std::lock_guard lock(mutex_);
    return {buried_.begin(), buried_.end()};
}

std::size_t known_sessions::size() const {
    const std::lock_guard lock(mutex_);
    return known_.size();
}

} // namespace vmcp
