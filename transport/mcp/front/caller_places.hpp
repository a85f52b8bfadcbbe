// How many calls each caller has of those that all may have together.
#pragma once

#include "vmcp/model/caller.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace transport {

// Who counts as one: an authenticated caller; of others, all at one address.
struct counted_caller {
    counted_caller(const vmcp::identity& who, std::uint64_t network);

    std::string key{};
    bool authenticated = false;
};

// Thread-safe.
class caller_places {
public:
    // A place, given back when the last copy of what this returns is gone. Null: whoever it is has `most` already.
    [[nodiscard]] std::shared_ptr<const void> take(const std::string& key, std::size_t most);

private:
    struct table {
        std::mutex mutex{};
        std::map<std::string, std::size_t> taken{}; // places keep iterators of it
    };
    const std::shared_ptr<table> all_ = std::make_shared<table>();
};

} // namespace transport
