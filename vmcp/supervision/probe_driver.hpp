// Runs the probes of all backends when they are due, and tells what they and the calls proved. The decisions are
// health::tracker's.
#pragma once

#include "health/tracker.hpp"
#include "vmcp/supervision/backend_probe.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace vmcp {

// When a backend that has a request of a probe is sent another one, in case the first hangs: so long after the first, when
// `made` others went out meanwhile. `usual`: what its probes take that succeed; zero: not known. `timeout`: the longest that
// a probe may take; one that takes a part of it only may be slow. A backend that still has to be connected to is not asked
// anything by that, and this does not count for it. Pure.
[[nodiscard]] health::milliseconds beside_after(unsigned made, health::milliseconds usual,
                                                health::milliseconds timeout) noexcept;

// On the control thread.
class probe_driver {
public:
    // `changed` is told what a piece of evidence about a backend changed, also when that is nothing.
    using listener = std::function<void(const std::string& name, const health::change& change)>;

    probe_driver(const control_thread& home, listener changed);
    probe_driver(const probe_driver&) = delete;
    probe_driver& operator=(const probe_driver&) = delete;
    ~probe_driver();

    void configure(const health::tracker_settings& how);

    // A backend joins, in state unknown, and is probed at once. Its name must not be in use. Returns its generation.
    std::uint64_t add(const std::string& name, const std::string& url,
                      std::shared_ptr<supervised_backend> backend);
    // It leaves: no probe, no row, no result from now on; the sessions that the monitor had with it are ended.
    void remove(const std::string& name);
    // All leave, and nothing is probed any more.
    void shut_down();

    // Somebody needs a verdict now.
    void want_probe(const std::string& name);
    // What a live call, or a request of the gateway's own, proved about that generation. `began` as in
    // health::record::on_call.
    void learned(const std::string& name, std::uint64_t generation, const health::evidence& evidence,
                 health::steady_time began);

    [[nodiscard]] std::optional<health::record_status> status_of(std::string_view name) const {
        return tracker_.status_of(name);
    }

private:
    struct probed {
        std::uint64_t generation = 0;
        std::shared_ptr<supervised_backend> backend{};
        std::set<std::shared_ptr<backend_probe>> running{};
        // Probes made beside one whose request waits for its answer since then.
        std::optional<health::steady_time> asked{};
        unsigned beside = 0;
        std::unique_ptr<alarm> beside_due{}; // when the next one may be made
    };

    void start_due();
    void start(const std::shared_ptr<probed>& subject, health::probe_order order);
    // When it may be asked; now or before: it may.
    [[nodiscard]] health::steady_time may_ask_at(probed& subject, const health::probe_order& order) const;
    void arm();
    awaitable<void> probe(std::shared_ptr<probed> subject, health::probe_order order);
    void end_session(const std::shared_ptr<supervised_backend>& backend, health::probe_memory memory);

    const control_thread& home_;
    const listener changed_;
    health::tracker tracker_;
    health::milliseconds timeout_{}; // of a probe
    std::map<std::string, std::shared_ptr<probed>, std::less<>> probed_{};
    std::unique_ptr<alarm> due_;
    bool stopping_ = false;
};

} // namespace vmcp
