// The calls of one client that run, found by the id the client gave them.
#pragma once

#include "vmcp/model/call.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// Not thread-safe: its session's lock guards it.
class running_calls {
public:
    // Two calls under one id are tolerated: only a cancellation cannot tell them apart.
    void add(std::string_view raw_id, std::shared_ptr<call> running) {
        calls_.emplace_back(raw_id, std::move(running));
    }
    void remove(const call& ended);
    // Stops what runs under this id (only posts). `reason` is a raw JSON string or empty. False: nothing does.
    bool cancel(std::string_view raw_id, std::string_view reason) const;
    void cancel_all(std::string_view reason) const;

    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
    [[nodiscard]] bool empty() const noexcept { return calls_.empty(); }

private:
    std::vector<std::pair<std::string, std::shared_ptr<call>>> calls_{};
};

} // namespace vmcp
