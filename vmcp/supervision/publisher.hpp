// Publishes what is offered: makes the snapshot, swaps it in, and tells those clients whose lists changed.
#pragma once

#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/service/session_catalogs.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_table.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/offering.hpp"

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
    void publish();
    void shut_down();

    // The lists of that backend are in the current snapshot, and not withdrawn.
    [[nodiscard]] bool shows(const backend* which) const { return shown_.contains(which); }

    static constexpr std::chrono::milliseconds gathering{10};

private:
    static awaitable<void> announce(publisher& self, std::shared_ptr<const snapshot> before,
                                    std::shared_ptr<const snapshot> after, std::set<std::string> withdrawn);

    const control_thread& home_;
    session_table& sessions_;
    admission& policy_;
    session_catalogs& own_;
    published<snapshot>& current_;
    const std::function<offering()> gather_;
    std::set<const backend*> shown_{}; // compared, never used
    std::unique_ptr<alarm> soon_;
    bool pending_ = false;
    bool stopping_ = false;
};

} // namespace vmcp
