// The gateway inside of a test: real workers, front, core and backend links on loopback ports of the system's choice,
// without a health monitor and without reading lists: the test says what each backend offers.
#pragma once

#include "vmcp/base/errc.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/audit.hpp"
#include "vmcp/model/credentials.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace transport {
class http_handler;
} // namespace transport
namespace vmcp {
struct composition;
} // namespace vmcp

namespace fakes {

// A backend for `config`, and its lists: a tool for each name.
[[nodiscard]] vmcp::backend_config backend(std::string name, std::string url);
[[nodiscard]] vmcp::backend_lists tools(std::string backend, const std::vector<std::string>& names);

class world {
public:
    // Starts to listen. The policies are those of the settings. Whoever sends "Authorization: Bearer NAME" is NAME, except that "Bearer bad" is refused;
    // without it everybody is "anonymous".
    // `records`, which may be null, is told of every request and outlives the world. `tokens` are the credentials for all
    // backends; null: those of each backend's definition.
    world(vmcp::config settings, const std::vector<vmcp::backend_lists>& lists, unsigned workers = 2,
          vmcp::audit_sink* records = nullptr,
          const std::shared_ptr<vmcp::credential_source>& tokens = nullptr);
    // The same with settings that depend on the port.
    world(const std::function<vmcp::config(std::uint16_t port)>& settings_at,
          const std::vector<vmcp::backend_lists>& lists, unsigned workers = 2,
          vmcp::audit_sink* records = nullptr,
          const std::shared_ptr<vmcp::credential_source>& tokens = nullptr);
    ~world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    // From now on connections are served by what `make` gives, in place of the MCP endpoint; it may use the composition as long
    // as it lives. Once at most.
    void serve_by(const std::function<std::unique_ptr<transport::http_handler>(vmcp::composition&)>& make);
    // New lists of the same backends; clients are told what changed for them.
    void publish(const std::vector<vmcp::backend_lists>& lists);

    // Reads a backend's lists, as after each start; nothing is published.
    [[nodiscard]] std::future<vmcp::result<vmcp::backend_lists>> fetch_lists(std::size_t backend = 0);
    // As a reload does that takes a backend out: calls that run, or wait for a place, finish.
    void retire(std::size_t backend = 0);

    // Of sessions that are opened from now on: as many questions to the client are open at a time as `most`, and wait so
    // long for one that is away.
    void limit_questions(std::size_t most, std::chrono::milliseconds patience);

    // As a reload does that changes the policies.
    void use_policies(std::vector<std::string> policies);

    // As at SIGTERM: no new connections, idle ones end, busy ones after their reply.
    void drain();
    [[nodiscard]] std::size_t connections() const; // of clients, open
    [[nodiscard]] std::size_t sessions() const;
    [[nodiscard]] std::size_t calls_in_flight() const;
    // What is drawn from limits.memory.
    [[nodiscard]] const vmcp::memory_ledger& memory() const;
    // Ends sessions that are idle for longer than the configured time.
    void sweep_sessions();
    // Waits until `condition` holds; false when it does not in time.
    template <class Predicate>
    [[nodiscard]] static bool eventually(Predicate condition);

    // What the backends' links told their guard.
    [[nodiscard]] std::size_t reinitialized(std::size_t backend = 0) const;
    [[nodiscard]] std::size_t lists_changed(std::size_t backend = 0) const;
    [[nodiscard]] std::size_t calls_ended(std::size_t backend = 0) const;
    [[nodiscard]] std::size_t calls_admitted(std::size_t backend = 0) const;
    // From now on the guard refuses calls with this text.
    void refuse_calls(std::string reason, std::size_t backend = 0);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
    static void rest();
    static bool past(std::int64_t begin);
    static std::int64_t now();
};

template <class Predicate>
bool world::eventually(Predicate condition) {
    const auto begin = now();
    while (!condition()) {
        if (past(begin))
            return false;
        rest();
    }
    return true;
}

} // namespace fakes
