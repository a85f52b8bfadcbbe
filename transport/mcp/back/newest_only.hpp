// What is to be told, of which only the newest about each subject counts: it takes the place of what was not told yet.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace transport {

// Thread-safe. How it is used: a caller for whom put() returns true tells the peer what take() gives, again and again until
// is_done(). So no two tell about the same subject at a time, and however much is put, at most one message waits behind the
// one that is being told.
template <class T>
class newest_only {
public:
    // True: the caller has to tell it, as nobody is about to.
    [[nodiscard]] bool put(const std::string& subject, T value) {
        const std::lock_guard lock(mutex_);
        const auto [at, is_new] = waiting_.try_emplace(subject);
        at->second = std::move(value);
        return is_new;
    }

    // The newest; nothing when it was taken already.
    [[nodiscard]] std::optional<T> take(const std::string& subject) {
        const std::lock_guard lock(mutex_);
        const auto at = waiting_.find(subject);
        return at == waiting_.end() ? std::nullopt : std::exchange(at->second, std::nullopt);
    }

    // True: nothing waits, and the next put() about it finds nobody. False: there is something to be told.
    [[nodiscard]] bool is_done(const std::string& subject) {
        const std::lock_guard lock(mutex_);
        const auto at = waiting_.find(subject);
        if (at != waiting_.end() && at->second)
            return false;
        waiting_.erase(subject);
        return true;
    }

private:
    std::mutex mutex_{};
    std::map<std::string, std::optional<T>> waiting_{};
};

} // namespace transport
