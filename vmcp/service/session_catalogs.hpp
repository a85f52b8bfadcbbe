// What clients see whose own sessions with backends list other things than everybody is shown: kept as the difference, and
// merged as everything is.
#pragma once

#include "vmcp/base/byte_budget.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/catalog/session_lists_taker.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/service/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace vmcp {

// Thread-safe. What is kept belongs to the client sessions, and goes with them.
class session_catalogs final : public session_lists_taker {
public:
    // In bytes.
    struct limits {
        std::size_t of_session = std::size_t{1} << 20; // what one session with one backend may list otherwise
        std::size_t of_all = std::size_t{64} << 20;    // the same of all sessions together
        std::size_t merged = std::size_t{64}
                             << 20; // what is made of it; beyond, it is made again for each request
    };

    // `current`, `policy` and `memory` outlive it; what is kept is drawn from `memory`, which may be null.
    session_catalogs(const published<snapshot>& current, admission& policy, memory_ledger* memory = nullptr)
        : session_catalogs(current, policy, limits(), memory) {}
    session_catalogs(const published<snapshot>& current, admission& policy, limits bounds,
                     memory_ledger* memory = nullptr);

    using snapshot_ptr = std::shared_ptr<const snapshot>;
    // What that client reads in place of `shared`, which is the snapshot itself for one that has nothing of its own. `client` may
    // be null: whoever has no session.
    [[nodiscard]] awaitable<snapshot_ptr> of(snapshot_ptr shared, const client_session* client);
    // The same where nothing has to be merged; else null.
    [[nodiscard]] snapshot_ptr at_hand(const snapshot_ptr& shared, const client_session* client);

    // What is beyond the limits is not kept, and the client goes on to see what everybody sees.
    awaitable<bool> take(std::shared_ptr<client_session> client, const void* key,
                         session_lists read) override;

    // `shared` is what everybody sees from now on: that is nobody's own any more.
    void published_to(client_session& client, const snapshot& shared);

    // In bytes: what is kept now, and what was made of it.
    [[nodiscard]] std::size_t kept() const noexcept { return differences_.used(); }
    [[nodiscard]] std::size_t merged() const noexcept { return views_.used(); }

private:
    using difference_ptr = std::shared_ptr<const list_difference>;
    struct view;

    [[nodiscard]] difference_ptr keepable(list_difference made);
    [[nodiscard]] difference_ptr kept(std::uint64_t hash, const list_difference& made);
    [[nodiscard]] std::shared_ptr<const view> known_view(const snapshot_ptr& shared, const own_lists& own);
    [[nodiscard]] snapshot_ptr kept_view(const snapshot_ptr& shared, const own_lists& own, snapshot_ptr made);
    [[nodiscard]] awaitable<unsigned> changes_for(const client_session& client,
                                                  std::shared_ptr<const snapshot> before,
                                                  std::shared_ptr<const snapshot> after);

    const published<snapshot>& current_;
    admission& policy_;
    const limits limits_;
    byte_budget differences_;
    byte_budget views_;
    std::mutex mutex_{};
    // Clients that have the same share one: by hash, and by what is in them.
    std::unordered_multimap<std::uint64_t, std::weak_ptr<const list_difference>> known_{};
    std::vector<std::weak_ptr<const view>> known_views_{};
};

} // namespace vmcp
