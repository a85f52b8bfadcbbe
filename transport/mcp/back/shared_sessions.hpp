// The sessions with one backend that its clients share: one for all who can do the same and come with the same credential.
#pragma once

#include "transport/mcp/back/http_session.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace transport {

// Thread-safe; on workers.
class shared_sessions {
public:
    // Of those that nobody uses, at most so many are kept, and each no longer than this.
    static constexpr std::size_t max_unused = 256;
    static constexpr std::chrono::minutes max_rest{30};

    // The session under that key; `make` is called (under a lock, must not call back) when there is none. After
    // close_all(): one that is closed.
    [[nodiscard]] std::shared_ptr<http_session>
    get(const std::string& key, const std::function<std::shared_ptr<http_session>()>& make,
        vmcp::steady_clock::time_point now);

    // Ends all of them, those that will be asked for included.
    void close_all();

    [[nodiscard]] std::size_t size() const;

private:
    struct entry {
        std::shared_ptr<http_session> session{};
        vmcp::steady_clock::time_point used{};
    };
    // Takes those out that are not to be kept.
    [[nodiscard]] std::vector<std::shared_ptr<http_session>> sort_out(vmcp::steady_clock::time_point now);

    mutable std::mutex mutex_{};
    std::map<std::string, entry> by_key_{};
    bool closed_ = false;
};

} // namespace transport
