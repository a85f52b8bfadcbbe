// A backend as supervision needs it, whatever it is reached by. Another kind of backend (a local program, a server of the
// HTTP+SSE transport, tools that are made of other tools) is another implementation, and nothing else of supervision
// knows about it.
#pragma once

#include "health/evidence.hpp"
#include "health/probe_machine.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/backend.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/supervision/backend_gate.hpp"
#include "vmcp/supervision/backend_probe.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vmcp {

// What was read of a backend's lists, and what could not be.
struct list_reading {
    struct gap {
        list_kind kind = list_kind::tools;
        std::string method{};
        failure why{};
    };
    backend_lists lists{};
    std::vector<gap> missed{};
    // How long the backend says they are fresh (MCP 2026-07-28, server/utilities/caching); nothing: it does not say.
    std::optional<milliseconds> fresh_for{};
};

// Why nothing could be read, and what that says about the backend.
struct list_refusal {
    failure why{};
    health::evidence evidence{};
};

using list_outcome = std::variant<list_reading, list_refusal>;

// How long a reading waits.
struct reading_patience {
    milliseconds session{}; // for the handshake, where there is no session yet
    milliseconds page{};    // for each page
};

// Calls at this moment.
struct backend_load {
    std::size_t running = 0;
    std::size_t waiting = 0; // for a place
};

// One definition of a backend; a changed definition is another object. On the control thread, except load().
class supervised_backend {
public:
    virtual ~supervised_backend() = default;

    // What the core sends calls to. Never null; lives on while calls run.
    [[nodiscard]] virtual std::shared_ptr<backend> for_calls() const = 0;
    // The key under which client sessions hold what belongs to this backend (client_session::backend).
    [[nodiscard]] virtual const void* session_key() const noexcept = 0;

    // Reads all lists. One broken list does not hide the others: it is empty then, and named in `missed`. `control`
    // ends it early, with errc::cancelled. The evidence of a handshake that took too long names "initialize".
    virtual awaitable<list_outcome> read_lists(reading_patience patience,
                                               std::shared_ptr<cancellation> control) = 0;

    // A probe shares nothing with the call path. `memory` is what the last one left; health::probe_kind::goodbye ends the
    // session in it. May outlive this object.
    [[nodiscard]] virtual std::shared_ptr<backend_probe> make_probe(health::probe_memory memory,
                                                                    health::probe_kind kind) = 0;

    // New limits of the same definition, and new settings of the gateway: for what begins from now on.
    virtual void adjust(const backend_config& definition, const config& settings) = 0;

    // It came back after it had not been routable: what was kept of the time before (idle connections, addresses) is not
    // trusted any more.
    virtual void recovered() = 0;

    // It left the configuration, or vmcp ends: calls that run or wait for a place finish, nothing is kept for later, and
    // its sessions that no client holds are ended. Those of clients are the caller's to drop afterwards, under
    // session_key().
    virtual void retire() = 0;

    // It showed that it takes one session only, which everybody uses since then.
    [[nodiscard]] virtual bool found_single_session() const { return false; }

    // From any thread.
    [[nodiscard]] virtual backend_load load() const = 0;
};

// Makes the backend of a definition. `gate` stands before its calls, and hears of them. A failure says why the definition
// cannot be used; nothing has happened then. Definitions of every backend_config::transport that the configuration accepts
// must be known to it.
using backend_factory = std::function<result<std::shared_ptr<supervised_backend>>(
    const backend_config& definition, const config& settings, std::shared_ptr<backend_gate> gate)>;

} // namespace vmcp
