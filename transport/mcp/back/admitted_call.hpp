// What the guard of a backend learns of one admitted call.
#pragma once

#include "transport/mcp/back/backend_guard.hpp"

#include <utility>

namespace transport {

// A call that was admitted: the guard learns how it ended, in any case, as it may wait for that.
class admitted_call {
public:
    admitted_call(backend_guard& guard, backend_guard::permit permit)
        : guard_(guard)
        , permit_(std::move(permit)) {}
    ~admitted_call() {
        // A bug of ours says nothing about the backend.
        if (!told_)
            ended(vmcp::fail(vmcp::errc::internal));
    }
    admitted_call(const admitted_call&) = delete;
    admitted_call& operator=(const admitted_call&) = delete;

    void ended(const vmcp::result<void>& how) {
        told_ = true;
        if (how) {
            guard_.ended(permit_, nullptr);
            return;
        }
        const auto why = how.error();
        guard_.ended(permit_, &why);
    }
    [[nodiscard]] call_facts& met() noexcept { return permit_.met; }

private:
    backend_guard& guard_;
    backend_guard::permit permit_;
    bool told_ = false;
};

} // namespace transport
