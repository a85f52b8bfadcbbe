// Keeps the lists of one backend: reads them when they are due, and says what is offered to clients of them.
#pragma once

#include "health/record.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/kept_lists.hpp"
#include "vmcp/supervision/list_patience.hpp"
#include "vmcp/supervision/list_schedule.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vmcp {

// One per definition, on the control thread. Reads nothing before the first came_back(), and never makes two requests at a
// time: what hangs is closed before the backend is asked again.
class list_keeper : public std::enable_shared_from_this<list_keeper> {
public:
    struct settings {
        list_schedule::settings pace{};
        milliseconds probe_timeout{10'000}; // healthCheckTimeout
        milliseconds call_timeout{30'000};  // of this backend
        milliseconds grace{60'000};         // what a backend that is down offers stays listed this long
    };

    // What it asks and tells its surroundings. learned() may call came_back() and went_down(), the others nothing.
    struct surroundings {
        std::function<std::optional<health::record_status>()>
            health{};                  // nothing: the monitor does not know it
        std::function<bool()> shown{}; // what it offers is in the current snapshot
        // What is offered changed. `soon`: others may change in the same moment.
        std::function<void(bool soon)> changed{};
        // The requests proved something about the backend; `began` as in health::record::on_call.
        std::function<void(const health::evidence&, health::steady_time began)> learned{};
    };

    // `name` and `url` are the backend's.
    list_keeper(const control_thread& home, std::string name, std::string url,
                std::shared_ptr<supervised_backend> backend, settings how, surroundings around);

    void configure(const settings& how);
    // The backend says that its lists changed.
    void refresh();
    // It is routable again, or for the first time. A reading under way says nothing about now.
    void came_back();
    // It is not routable any more.
    void went_down();
    // Nothing is read, told or withdrawn from now on.
    void stop();

    // What clients are offered. `withdrawn`: it is down for longer than the grace, and they are not.
    struct offer {
        std::shared_ptr<const backend_lists> lists{}; // null: nothing is known yet
        bool withdrawn = false;
        health::moment down_since{};
    };
    [[nodiscard]] offer offered() const { return {kept_.lists(), withdrawn_, down_since_}; }
    [[nodiscard]] const kept_lists& kept() const noexcept { return kept_; }

private:
    // One attempt to read the lists.
    struct attempt {
        std::shared_ptr<cancellation> control{};
        milliseconds patience{}; // for a page
        milliseconds most{};     // the longest that there would be; the handshake has it at once
        health::steady_time began{};
    };

    void arm();
    void start_reading();
    [[nodiscard]] attempt next_attempt();
    void give_up();
    static awaitable<void> read(std::shared_ptr<list_keeper> self, attempt one);
    void took(list_outcome outcome, const attempt& one);
    // True when the reading was complete.
    bool took_lists(list_reading reading, const attempt& one);
    void took_refusal(const list_refusal& refusal);
    // The attempt was too short to prove anything.
    [[nodiscard]] bool in_vain(const list_outcome& outcome, const attempt& one);
    void withdraw();

    const control_thread& home_;
    const std::string name_;
    const std::string url_;
    const std::shared_ptr<supervised_backend> backend_;
    settings settings_;
    surroundings around_;
    list_schedule schedule_;
    list_patience patience_{};
    kept_lists kept_{};
    std::shared_ptr<cancellation> running_{}; // of the attempt under way: there is never more than one
    std::unique_ptr<alarm> due_;
    std::unique_ptr<alarm> grace_over_;
    health::moment down_since_{};
    bool withdrawn_ = false;
    bool stopped_ = false;
};

} // namespace vmcp
