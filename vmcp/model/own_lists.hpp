// What one client is shown other than everybody, because its own sessions with backends list other things.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace vmcp {

struct list_difference; // vmcp/catalog/list_difference.hpp

// Thread-safe. All but what is made of it never changes.
class own_lists {
public:
    // The key is that of client_session::backend(); no difference is null or empty.
    using of_backend = std::pair<const void*, std::shared_ptr<const list_difference>>;

    explicit own_lists(std::vector<of_backend> all) : all_(std::move(all)) {}

    [[nodiscard]] const std::vector<of_backend>& all() const noexcept { return all_; }

    // The pages that were made of it for the client, kept as long as this by session_catalogs; null: none were made yet.
    [[nodiscard]] std::shared_ptr<const void> made() const {
        const std::lock_guard lock(mutex_);
        return made_;
    }
    void keep(std::shared_ptr<const void> made) const {
        const std::lock_guard lock(mutex_);
        made_.swap(made); // the former one dies outside of the lock
    }

private:
    const std::vector<of_backend> all_;
    mutable std::mutex mutex_{};
    mutable std::shared_ptr<const void> made_{};
};

} // namespace vmcp
