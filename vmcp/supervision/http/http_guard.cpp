#include "vmcp/supervision/http/http_guard.hpp"

#include "transport/net/worker.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"

namespace vmcp {

result<transport::backend_guard::permit> http_guard::admit() {
    const auto allowed = gate_->admit(steady_clock::now());
    if (!allowed)
        return allowed.error();
    return permit{.trial = allowed->trial, .epoch = allowed->epoch, .began = allowed->began};
}

void http_guard::ended(const permit& call, const failure* why) {
    const health::moment now{steady_clock::now(), std::chrono::system_clock::now()};
    backend_gate::call_end how{.thread = transport::worker::current().index()};
    if (why != nullptr) {
        how.failed = why->code != errc::cancelled;
        how.evidence =
            evidence_of_call(*why, call.met, {.configured = credentials_configured_, .secrets = secrets_},
                             std::chrono::duration_cast<health::microseconds>(now.at - call.began));
    }
    gate_->ended({.trial = call.trial, .epoch = call.epoch, .began = call.began}, std::move(how), now);
}

} // namespace vmcp
