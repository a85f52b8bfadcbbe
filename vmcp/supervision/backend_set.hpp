// The live set of backends: who belongs to it, what each offers, how healthy each is, and the snapshot made
// of all that. Everything here runs on the control thread.
#pragma once

#include "health/membership.hpp"
#include "health/status.hpp"
#include "health/tracker.hpp"
#include "transport/mcp/back/http_backend.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_table.hpp"
#include "vmcp/supervision/backend_gate.hpp"
#include "vmcp/supervision/probe_runner.hpp"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace vmcp {

class backend_set {
public:
    backend_set(transport::worker& control, std::vector<transport::worker*> callers, session_table& sessions,
                admission& policy, published<snapshot>& current);
    ~backend_set();

    // Makes the running set what `next` says: those added start to be probed, those removed are gone at once
    // (running calls finish), those whose definition changed start anew, all others are left alone. Then
    // publishes. Returns what changed.
    result<health::membership_change> apply(std::shared_ptr<const config> next);

    // Ends probes and sessions with backends; the last call.
    void shut_down();

    // What is shown of the backends, made when somebody asks: with many backends it is too much to keep
    // current.
    struct view {
        health::overview health{};
        struct load {
            std::size_t running = 0;
            std::size_t waiting = 0;
            std::uint64_t reinitializations = 0;
            std::shared_ptr<const backend_gate> gate{}; // counts its calls
        };
        bool all_needed = false;   // partialFailureMode: fail
        std::vector<load> loads{}; // by the row in health.backends
    };
    // From any thread; nothing when the control thread does not answer within two seconds.
    boost::asio::awaitable<std::shared_ptr<const view>> look();

private:
    struct member;

    // ---- membership ----
    result<std::shared_ptr<member>> make_member(const backend_config& definition);
    void remove(const std::shared_ptr<member>& leaving);
    [[nodiscard]] std::shared_ptr<member> find(std::string_view name) const;

    // ---- lists and snapshots ----
    static boost::asio::awaitable<void> keep_lists(backend_set& self, std::shared_ptr<member> of);
    bool take_lists(member& of, const transport::list_reading& read);
    void lists_failed(const std::shared_ptr<member>& of, const failure& why,
                      const transport::call_facts& met);
    std::chrono::milliseconds rest_of_lists(member& of, bool complete);
    [[nodiscard]] backend_lists withdrawn_lists(const member& of) const;
    void publish_soon();
    void publish();
    boost::asio::awaitable<void> announce(std::shared_ptr<const snapshot> before,
                                          std::shared_ptr<const snapshot> after);

    // ---- health ----
    boost::asio::awaitable<void> probe_loop();
    void start_due_probes();
    boost::asio::awaitable<void> probe(std::shared_ptr<member> of, health::probe_order order);
    void say_goodbye(std::shared_ptr<const probe_target> to, health::probe_memory memory);
    void took(const std::shared_ptr<member>& of, const health::change& what);
    [[nodiscard]] std::shared_ptr<const view> make_view() const;
    void wake_probes();
    [[nodiscard]] double jitter();

    transport::worker& control_;
    std::vector<transport::worker*> callers_;
    session_table& sessions_;
    admission& policy_;
    published<snapshot>& current_;

    std::shared_ptr<const config> settings_{};
    std::vector<std::shared_ptr<member>> members_{}; // in configuration order
    health::tracker tracker_;
    boost::asio::steady_timer probe_timer_;
    boost::asio::steady_timer publish_timer_;
    bool publish_pending_ = false;
    bool stopping_ = false;
    std::mt19937 dice_{std::random_device{}()};
};

} // namespace vmcp
