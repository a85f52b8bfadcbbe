// The backends of the running gateway: who belongs to them, how healthy each is, what each offers, and what follows for one
// from what was learned of another part of it.
#pragma once

#include "health/membership.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/session/session_table.hpp"
#include "vmcp/supervision/config_source.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/fleet.hpp"
#include "vmcp/supervision/fleet_view.hpp"
#include "vmcp/supervision/member.hpp"
#include "vmcp/supervision/probe_driver.hpp"
#include "vmcp/supervision/publisher.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// On the control thread, except look(). Outlives all that runs there.
class supervisor {
public:
    supervisor(control_thread home, session_table& sessions, admission& policy, session_catalogs& own,
               published<snapshot>& current, backend_factory factory);
    ~supervisor();
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;

    // Another source of definitions beside the configuration; those added first come first. It lives as long as this.
    // Before the first apply().
    void add_source(membership_source& source);

    // Makes the running fleet what `next` and the other sources say: those added start to be probed, those removed are gone
    // at once (running calls finish), those whose definition changed start anew, all others are left alone. Then publishes.
    // Definitions that cannot be used keep their place, and their row says why. Returns what changed.
    health::membership_change apply(std::shared_ptr<const config> next);

    // `heard` is called, on the control thread, when what look() shows may have changed: health, who belongs to it, lists. Soon
    // afterwards there may be more of the same news. Before the first apply().
    void on_news(std::function<void()> heard) { heard_ = std::move(heard); }

    // Ends probes and sessions with backends; the last call.
    void shut_down();

    // From any thread; null when the control thread does not answer within two seconds.
    [[nodiscard]] awaitable<std::shared_ptr<const fleet_view>> look();

private:
    using member_ptr = std::shared_ptr<member>;

    // ---- who belongs to it ----
    health::membership_change reconcile();
    [[nodiscard]] fleet gather_fleet() const;
    [[nodiscard]] member_ptr make_member(const backend_config& definition);
    [[nodiscard]] backend_gate::reports reports_of(const std::weak_ptr<member>& owner);
    [[nodiscard]] list_keeper::surroundings surroundings_of(const std::weak_ptr<member>& member);
    void adjust(member& staying, const backend_config& definition);
    void join(member& joining);
    void leave(member& leaving);
    void retire(member& leaving);
    [[nodiscard]] member_ptr find(std::string_view name) const;

    // ---- what follows ----
    void health_changed(const std::string& name, const health::change& change);
    void tell_news() const;
    [[nodiscard]] offering gather_offering() const;
    [[nodiscard]] std::shared_ptr<const fleet_view> make_view() const;

    const control_thread home_;
    session_table& sessions_;
    published<snapshot>& current_;
    const backend_factory factory_;
    config_source configured_{};
    std::vector<membership_source*> sources_{&configured_};

    std::function<void()> heard_{};
    std::shared_ptr<const config> settings_{};
    fleet fleet_{};
    std::vector<member_ptr> members_{}; // by the rows of fleet_ that are not shadowed
    probe_driver probes_;
    publisher publisher_;
    bool stopping_ = false;
};

} // namespace vmcp
