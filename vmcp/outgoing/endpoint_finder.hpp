// Where tokens for one backend are issued, where the configuration does not say: the I/O around auth::endpoint_search.
#pragma once

#include "auth/tokens/endpoint_search.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/waiting.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

// Thread-safe. What was found is used for an hour; one search at a time, which all wait for who need it.
class endpoint_finder {
public:
    using outcome = auth::parsed<std::shared_ptr<const auth::found_endpoint>>;

    struct settings {
        std::string backend_url{};
        std::string issuer{};                                       // as of auth::endpoint_search
        std::vector<std::pair<std::string, std::string>> headers{}; // of requests to the backend itself
        std::shared_ptr<fetcher> near{}; // for the backend's own origin, which the operator has chosen
        std::shared_ptr<fetcher> far{};  // for what a peer has chosen
    };
    explicit endpoint_finder(settings settings) : of_(std::move(settings)) {}

    // On a worker; the finder outlives the coroutine. A search ends after 15 s.
    [[nodiscard]] awaitable<outcome> find();
    // What was found does not answer, or its tokens are not taken: the next find() searches anew.
    void doubt();

private:
    using waiting = std::shared_ptr<promised<outcome>>;

    awaitable<outcome> search();
    void landed(const outcome& came);

    const settings of_;
    std::mutex mutex_{};
    std::optional<outcome> known_{};                // under mutex_
    std::chrono::steady_clock::time_point until_{}; // of known_; under mutex_
    waiting flying_{};                              // under mutex_; null: nobody searches
};

} // namespace vmcp
