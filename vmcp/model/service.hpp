// The core, as fronts see it.
#pragma once

#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <string_view>

namespace vmcp {

class service {
public:
    virtual ~service() = default;
    // Answers the request of `call` by exactly one out.done() or out.fail(), or by none when the call was cancelled.
    virtual awaitable<void> handle(std::shared_ptr<call> call, reply_sink& out) = 0;
    // Whether `who` may use, as the policies are now, the tool, prompt or resource that the request of a client without a
    // session names: what handle() would decide.
    virtual awaitable<bool> permits(const caller& who, const message& request) = 0;
};

} // namespace vmcp
