#include "transport/mcp/back/session_renewal.hpp"

#include "transport/mcp/back/admitted_call.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "transport/net/guarded_pause.hpp"

#include <random>
#include <utility>

namespace transport {

using std::chrono::milliseconds;
using vmcp::steady_clock;

namespace {

// Between the half of it and one and a half: the sessions of a backend that was restarted do not all come at once.
milliseconds spread(milliseconds pause) {
    thread_local std::minstd_rand random{std::random_device{}()};
    return pause / 2 +
           milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, pause.count())(random));
}

} // namespace

bool session_renewal::due() const {
    const auto& state = session_.state;
    return !state.closed() && !state.ready() && state.generation() > 0 &&
           session_.stream.needed_between_calls();
}

void session_renewal::look(const header_list& headers) {
    if (!due() || running_.exchange(true))
        return;
    const auto whole = std::static_pointer_cast<session_core>(session_.shared_from_this());
    worker::current().spawn(run(whole, headers), "a backend session that is needed again");
}

void session_renewal::succeeded() {
    const std::lock_guard lock(mutex_);
    pace_.established(steady_clock::now());
}

milliseconds session_renewal::next_pause() {
    const std::lock_guard lock(mutex_);
    return pace_.next(steady_clock::now());
}

vmcp::awaitable<void> session_renewal::run(std::shared_ptr<session_core>, header_list headers) {
    guarded_pause rest(worker::current());
    do {
        try {
            while (due() && co_await rest.until(steady_clock::now() + spread(next_pause()))) {
                if (due()) // a call may have come meanwhile
                    co_await attempt(headers);
            }
        } catch (...) { // the worker reports it; the next look() begins anew
            running_ = false;
            throw;
        }
        running_ = false;
        // What was lost in the moment before found this still running.
    } while (!rest.was_cut() && due() && !running_.exchange(true));
}

// It takes a place, and its end is evidence, as that of a call.
vmcp::awaitable<void> session_renewal::attempt(const header_list& headers) {
    constexpr milliseconds patience{60'000};
    constexpr milliseconds limit{30'000};
    const auto& context = *session_.context;
    const auto turn = co_await context.renewals->enter(steady_clock::now() + patience);
    const auto place =
        co_await context.places->enter(steady_clock::now() + patience, nullptr, call_limit::use::errand);
    if (!turn || !place || !due())
        co_return;
    auto permit = context.guard->admit();
    if (!permit)
        co_return;
    admitted_call admitted(*context.guard, std::move(*permit));
    const auto made = co_await session_.handshake.ensure(steady_clock::now() + limit, &headers);
    if (!made)
        admitted.met() = session_.handshake.refusal();
    admitted.ended(made ? vmcp::result<void>() : vmcp::result<void>(made.error()));
}

void session_renewal::after_gap(const established& in) {
    const auto uris = session_.settings.subscriptions();
    // A backend without sessions that was started anew has nothing to refuse, and has forgotten all the same.
    if (in.session_id.empty())
        for (const auto& uri : uris)
            session_.forwarder.subscribe(uri);
    session_.notices.may_have_changed(uris);
}

} // namespace transport
