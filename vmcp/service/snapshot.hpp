// What a request reads, from start to end: one immutable configuration, catalog and set of backends, swapped
// whole.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/ports.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace vmcp {

struct snapshot {
    std::shared_ptr<const config> settings{};
    std::shared_ptr<const vmcp::catalog> catalog{};
    std::vector<std::shared_ptr<backend_link>> links{}; // by the catalog's backend index
    // The same with what backends that are down for long would offer; null when there is none. It is not
    // listed, but a call still finds its owner, whose link says that it is down.
    std::shared_ptr<const vmcp::catalog> withdrawn{};

    [[nodiscard]] backend_link* link_named(std::string_view name) const noexcept {
        for (const auto& link : links)
            if (link->name() == name)
                return link.get();
        return nullptr;
    }
};

// Holds the current value of something immutable. Thread-safe; readers keep what they got as long as they
// like.
template <class T>
class published {
public:
    explicit published(std::shared_ptr<const T> first) : value_(std::move(first)) {}

    [[nodiscard]] std::shared_ptr<const T> load() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

    void store(std::shared_ptr<const T> next) {
        const std::lock_guard lock(mutex_);
        value_.swap(next); // the old value dies outside of the lock
    }

private:
    mutable std::mutex mutex_{};
    std::shared_ptr<const T> value_;
};

} // namespace vmcp
