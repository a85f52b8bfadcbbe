// The token that the API server is shown: a fixed one, or that of a file which is replaced from time to time (projected service
// account tokens live for an hour, and are renewed before).
#pragma once

#include "vmcp/base/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace kube {

class bearer_token {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using reader = std::function<vmcp::result<std::string>(const std::string& path)>;

    static constexpr std::chrono::seconds good_for{60}; // then the file is read again
    static constexpr std::size_t largest = 64 * 1024;

    // `path` wins over `fixed`; both empty: there is no token. `read` is not called before it is needed.
    bearer_token(std::string fixed, std::string path, reader read);

    // "Bearer ..." for an Authorization field, or empty where there is no token. A file that cannot be read leaves the token of
    // before; fails with errc::io where there is none. What it gives is known as a secret (known_secrets.hpp).
    [[nodiscard]] vmcp::result<std::string> field(time_point now);

    // `field` was refused. Reads the file; true: another one is there now, and the request may be sent once more.
    [[nodiscard]] bool refused(const std::string& field, time_point now);

private:
    [[nodiscard]] vmcp::result<void> read_again(time_point now);
    void keep(const std::string& token);

    std::string path_;
    reader read_;
    std::string field_{};
    std::shared_ptr<const void> known_{};
    time_point read_at_{};
    bool was_read_ = false;
};

} // namespace kube
