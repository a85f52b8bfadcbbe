// Publishes what is offered: makes the snapshot, swaps it in, and tells those clients whose lists changed.
#pragma once

#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/service/list_changes.hpp"
#include "vmcp/service/session_catalogs.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_table.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/offering.hpp"
#include "vmcp/supervision/pace.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace vmcp {

// On the control thread.
class publisher {
public:
    // `gather` gives what is offered now.
    publisher(const control_thread& home, session_table& sessions, admission& policy, session_catalogs& own,
              published<snapshot>& current, std::function<offering()> gather);

    // Changes of several backends within a moment become one snapshot.
    void publish_soon();
    // At once, but for many thousand entries, which are merged aside: then soon afterwards. What comes meanwhile becomes the
    // one after it.
    void publish();
    void shut_down();

    // The lists of that backend are in the current snapshot, and not withdrawn.
    [[nodiscard]] bool shows(const backend* which) const { return shown_.contains(which); }

    static constexpr std::chrono::milliseconds gathering{10};
    // Clients are told of so many changes at once, and then of all since the last time.
    static constexpr int prompt_news = 5;
    static constexpr std::chrono::milliseconds pace_of_news{1'000};

private:
    struct edition;
    void made(std::shared_ptr<edition> next);
    void swap_in(std::shared_ptr<edition> next);
    // Takes what everybody sees now out of what clients have of their own.
    void reduce_own(std::shared_ptr<const snapshot> shared, bool many_entries);
    // Now, or when it is time again.
    void tell_soon();
    void tell_clients();
    void tell(const list_changes& changes);

    const control_thread& home_;
    session_table& sessions_;
    admission& policy_;
    session_catalogs& own_;
    published<snapshot>& current_;
    const std::function<offering()> gather_;
    std::set<const backend*> shown_{};       // compared, never used
    std::shared_ptr<const snapshot> told_{}; // what clients were told of last
    std::set<std::string> vain_limits_{};    // tools of rateLimiting that nobody has, as the log was told
    pace news_{prompt_news, pace_of_news};
    std::unique_ptr<alarm> soon_;
    std::unique_ptr<alarm> news_due_;
    bool pending_ = false;
    bool making_ = false; // an edition is being made aside
    bool again_ = false;  // and there is a reason for the next
    bool stopping_ = false;
};

} // namespace vmcp
