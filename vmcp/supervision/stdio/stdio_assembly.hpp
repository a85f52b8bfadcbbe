// Puts together what makes a backend that is a program.
#pragma once

#include "transport/mcp/back/http_backend.hpp"
#include "transport/mcp/stdio/stdio_carrier.hpp"
#include "vmcp/supervision/http/http_assembly.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace vmcp {

// The carrier of the gateway's own session, which is the first that is made. Thread-safe.
class own_carrier {
public:
    void note(const std::shared_ptr<transport::stdio_carrier>& made) {
        const std::lock_guard lock(mutex_);
        if (!noted_) {
            noted_ = true;
            first_ = made;
        }
    }
    // Null: it is gone.
    [[nodiscard]] std::shared_ptr<transport::stdio_carrier> get() const {
        const std::lock_guard lock(mutex_);
        return first_.lock();
    }

private:
    mutable std::mutex mutex_{};
    bool noted_ = false;
    std::weak_ptr<transport::stdio_carrier> first_{};
};

struct stdio_assembly {
    std::shared_ptr<transport::backend_context> context{}; // whose connections lead nowhere
    std::shared_ptr<transport::http_backend> backend{};
    std::shared_ptr<const transport::stdio_program> program{};
    std::shared_ptr<own_carrier> own{};
};

// `homes`: where programs live, in turn; not empty, and they outlive the backend. The rest as of assemble_http_backend().
[[nodiscard]] stdio_assembly assemble_stdio_backend(
    const backend_config& definition, const config& settings, const guard_factory& make_guard,
    const published<snapshot>& current, session_lists_taker& own_lists, const transport::via_chain& via,
    const std::vector<transport::worker*>& homes, const transport::program_surroundings& programs);

} // namespace vmcp
