// The place of a call in its backend's call_limit, while the call waits for answers of its client: others have it meanwhile.
#pragma once

#include "transport/mcp/back/call_limit.hpp"

#include <cstddef>
#include <utility>

namespace transport {

// Belongs to the call's executor; shared by the call and by those who carry the answers, and may outlive the call.
class parked_place {
public:
    // The client was asked: the place is given back, the first time the one that the call came with. `of_call` may be empty.
    void asked(call_limit::place& of_call) noexcept {
        ++open_;
        of_call.give_back();
        held_.give_back();
    }
    // The backend has the answer, or will get none. The call goes on in the place that the answer was carried in, once no
    // other question is open; an answer that was not carried brings an empty one.
    void answered(call_limit::place place) noexcept {
        if (open_ > 0)
            --open_;
        if (open_ == 0 && !over_)
            held_ = std::move(place);
    }
    void call_over() noexcept {
        over_ = true;
        held_.give_back();
    }
    [[nodiscard]] bool holds() const noexcept { return held_.held(); }

private:
    call_limit::place held_{};
    std::size_t open_ = 0;
    bool over_ = false;
};

} // namespace transport
