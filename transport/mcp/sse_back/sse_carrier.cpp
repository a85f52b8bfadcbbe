#include "transport/mcp/sse_back/sse_carrier.hpp"

#include "transport/mcp/back/message_dispatch.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "vmcp/base/log.hpp"

#include <utility>

namespace transport {

using vmcp::errc;

namespace {

vmcp::failure no_conversation() {
    return vmcp::fail(errc::backend_unavailable, "its event stream is not open");
}

vmcp::failure session_over() {
    return vmcp::fail(errc::backend_session_lost, "the session is over");
}

} // namespace

sse_carrier::~sse_carrier() {
    if (run_)
        run_->stop(session_over());
}

std::chrono::milliseconds sse_carrier::patience() const {
    return session_.context->connections->config().timeout;
}

vmcp::awaitable<session_carrier::opened> sse_carrier::open(opening how) {
    const auto self = shared_from_this();
    drop(0);
    run_ptr run;
    conversation number = 0;
    {
        const std::lock_guard lock(mutex_);
        number = ++last_;
        run = run_ = std::make_shared<sse_run>(session_.context, ear_of(number), patience_);
    }
    if (session_.state.closed()) // meanwhile, and found nothing to drop
        run->stop(session_over());
    auto out = co_await run->begin(how);
    if (out.number != 0)
        out.number = number;
    co_return out;
}

sse_run::ear sse_carrier::ear_of(conversation as) {
    // The session owns this, and this the run.
    const auto session = session_.weak_from_this();
    const auto alive = [session]() -> std::shared_ptr<session_core> {
        return std::static_pointer_cast<session_core>(session.lock());
    };
    const auto told = std::make_shared<bool>(false);
    return {.message = [alive, told](std::string text) -> vmcp::awaitable<void> {
                const auto core = alive();
                if (!core)
                    co_return;
                co_await dispatch(*core, std::move(text), [&core, &told](std::string_view) {
                    if (!std::exchange(*told, true))
                        vmcp::log::warn(
                            "backend {}: an event on its stream is no JSON-RPC message, and is passed "
                            "over; others of this stream will be passed over in silence",
                            core->context->name());
                });
            },
            .over =
                [alive, weak = weak_from_this(), as] {
                    const auto core = alive();
                    if (const auto self = weak.lock(); core && self)
                        self->ended(as);
                }};
}

sse_carrier::run_ptr sse_carrier::run_of(conversation which) const {
    const std::lock_guard lock(mutex_);
    return which != 0 && which == last_ ? run_ : nullptr;
}

session_carrier::conversation sse_carrier::current() const {
    const std::lock_guard lock(mutex_);
    return run_ && !run_->over() ? last_ : 0;
}

std::string sse_carrier::posts_to(conversation in) const {
    const auto run = run_of(in);
    return run ? run->target() : std::string();
}

vmcp::awaitable<vmcp::result<void>> sse_carrier::send(std::string, conversation,
                                                      vmcp::steady_clock::time_point, vmcp::cancellation*) {
    co_return vmcp::fail(errc::internal, "messages of this session are POSTed");
}

std::optional<vmcp::failure> sse_carrier::over(conversation which) const {
    const auto run = run_of(which);
    return run ? run->over() : no_conversation();
}

// On the run's worker.
void sse_carrier::ended(conversation which) {
    if (const auto ready = session_.state.ready(); ready && ready->conversation == which)
        session_.ending.give_up(ready, true);
    session_.router.wake_all();
}

void sse_carrier::unanswered(conversation which) {
    if (const auto run = run_of(which))
        run->stop(vmcp::fail(errc::backend_timeout, "it accepted initialize, and did not answer it in time"));
}

void sse_carrier::drop(conversation which) {
    run_ptr run;
    {
        const std::lock_guard lock(mutex_);
        if (which == 0 || which == last_)
            run = run_;
    }
    if (run)
        run->stop(session_over());
}

} // namespace transport
