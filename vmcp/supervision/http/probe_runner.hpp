// Runs one probe: does the I/O that a health::probe_machine asks for, over streams that are opened for this
// probe and closed with it.
#pragma once

#include "health/probe_machine.hpp"
#include "transport/net/target.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/model/credentials.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

// What one probe needs to know of the backend.
struct probe_target {
    transport::target target{};
    std::vector<std::pair<std::string, std::string>> headers{}; // of every request
    std::shared_ptr<const request_signer> signer{};             // null: they are all
    health::probe_options options{};
};

// A probe under way can be given up, from the worker it runs on: cancel() makes it end soon.
class probe_runner : public std::enable_shared_from_this<probe_runner> {
public:
    virtual ~probe_runner() = default;
    // Once. Ends by `deadline` at the latest.
    virtual boost::asio::awaitable<health::probe_result> run(health::steady_time deadline) = 0;
    virtual void cancel() = 0;
    // As backend_probe::asking_since().
    [[nodiscard]] virtual std::optional<health::steady_time> asking_since() const = 0;
};

[[nodiscard]] std::shared_ptr<probe_runner> make_probe_runner(transport::worker& home,
                                                              std::shared_ptr<const probe_target> to,
                                                              health::probe_memory memory,
                                                              health::probe_kind kind);

} // namespace vmcp
