#include "transport/mcp/stdio/stdio_carrier.hpp"

#include "transport/mcp/back/awaited.hpp"
#include "transport/mcp/back/message_dispatch.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

vmcp::failure no_conversation() {
    return vmcp::fail(errc::backend_unavailable, "its program does not run");
}

long whole_seconds(steady_clock::duration span) {
    return static_cast<long>(std::chrono::ceil<std::chrono::seconds>(span).count());
}

} // namespace

stdio_carrier::stdio_carrier(session_core& session, std::shared_ptr<const stdio_program> program)
    : session_(session)
    , program_(std::move(program))
    , home_(program_->home()) {
}

stdio_carrier::~stdio_carrier() {
    if (run_)
        run_->stop(stdio_run::manner::gently, {});
}

// ---- conversations

// When the next program may be started; a failure where that is not soon.
vmcp::result<steady_clock::time_point> stdio_carrier::may_start() const {
    constexpr milliseconds soon{1'000};
    const std::lock_guard lock(mutex_);
    const auto left = pace_.next() - steady_clock::now();
    if (left <= soon)
        return pace_.next();
    auto why = failed_.value_or(no_conversation());
    why.detail.append(fmt::format("; it is not started again before {} s have passed, as it keeps ending",
                                  whole_seconds(left)));
    return why;
}

vmcp::awaitable<session_carrier::opened> stdio_carrier::open(opening how) {
    const auto begun = co_await begin(how.until, how.control);
    co_return begun ? opened{.number = *begun} : opened{.why = begun.error()};
}

vmcp::awaitable<vmcp::result<session_carrier::conversation>>
stdio_carrier::begin(steady_clock::time_point until, vmcp::cancellation* control) {
    const auto self = shared_from_this();
    drop(0);
    const auto when = may_start();
    if (!when)
        co_return when.error();
    {
        guarded_pause rest(worker::current());
        const vmcp::cancellation::scope cancellable(control, [&rest] { rest.cancel(); });
        if (*when > steady_clock::now() && !co_await rest.until(std::min(*when, until)))
            co_return vmcp::fail(errc::cancelled);
    }
    if (session_.state.closed()) // meanwhile; homes end after sessions
        co_return vmcp::fail(errc::backend_session_lost, "the session was closed");
    auto place = program_->around.places->take();
    if (!place)
        co_return vmcp::fail(errc::backend_overloaded,
                             fmt::format("{} run for backends, as many as may (limits.maxProcesses)",
                                         vmcp::count_of(program_->around.places->most(), "program")));
    conversation number = 0;
    {
        const std::lock_guard lock(mutex_);
        number = ++last_;
        if (run_ && run_->over())
            failed_ = run_->over();
        run_ = nullptr;
        pace_.started(steady_clock::now());
    }
    const auto made = co_await start(number, std::move(place));
    const std::lock_guard lock(mutex_);
    if (!made) {
        pace_.ended(steady_clock::now());
        failed_ = made.error();
        vmcp::log::warn("backend {}: {}", program_->name, made.error().message());
        co_return made.error();
    }
    // It may have ended in the meantime, or been dropped.
    if (number == last_)
        run_ = *made;
    else
        (*made)->stop(stdio_run::manner::gently, {});
    co_return number;
}

// The kernel ends a program with the thread that started it, and only its home lives long enough.
vmcp::awaitable<vmcp::result<stdio_carrier::run_ptr>> stdio_carrier::start(conversation as,
                                                                           process_places::place place) {
    constexpr std::chrono::seconds most{30};
    const auto started = std::make_shared<awaited<vmcp::result<run_ptr>>>();
    const auto held = std::make_shared<process_places::place>(std::move(place));
    const auto given_up = std::make_shared<std::atomic<bool>>(false);
    home_.post([&home = home_, program = program_, started, held, given_up, ear = ear_of(as)] {
        if (given_up->load())
            return;
        auto made = stdio_run::start(home, program, std::move(*held), ear);
        started->set(made);
        if (made && given_up->load())
            (*made)->stop(stdio_run::manner::at_once, {});
    });
    auto made = co_await started->get(steady_clock::now() + most, nullptr);
    if (!made) {
        given_up->store(true);
        made = started->peek();
    }
    if (!made)
        co_return vmcp::fail(errc::backend_timeout,
                             "its program was not started in time: this gateway is busy");
    co_return *std::move(made);
}

stdio_run::ear stdio_carrier::ear_of(conversation as) {
    // The session owns this, and this the run.
    const auto session = session_.weak_from_this();
    const auto alive = [session]() -> std::shared_ptr<session_core> {
        return std::static_pointer_cast<session_core>(session.lock());
    };
    const auto weak = weak_from_this();
    return {.line = [alive, weak](std::string line) -> vmcp::awaitable<void> {
                const auto core = alive();
                const auto self = weak.lock();
                if (core && self)
                    co_await dispatch(*core, std::move(line),
                                      [&self](std::string_view garbage) { self->note_garbage(garbage); });
            },
            .longest = [alive]() -> std::size_t {
                const auto core = alive();
                return core ? core->context->max_body.load() : 0;
            },
            .spoiled =
                [alive, weak](std::uint64_t id, vmcp::failure why) {
                    const auto core = alive();
                    if (const auto self = weak.lock(); core && self)
                        self->spoil(id, std::move(why));
                },
            .over =
                [alive, weak, as](bool asked) {
                    const auto core = alive();
                    if (const auto self = weak.lock(); core && self)
                        self->ended(as, asked);
                }};
}

stdio_carrier::run_ptr stdio_carrier::run_of(conversation which) const {
    const std::lock_guard lock(mutex_);
    return which != 0 && which == last_ ? run_ : nullptr;
}

session_carrier::conversation stdio_carrier::current() const {
    const std::lock_guard lock(mutex_);
    return run_ && !run_->over() ? last_ : 0;
}

vmcp::awaitable<vmcp::result<void>> stdio_carrier::send(std::string message, conversation in,
                                                        steady_clock::time_point until,
                                                        vmcp::cancellation* control) {
    const auto self = shared_from_this();
    const auto run = run_of(in);
    if (!run)
        co_return over(in).value_or(no_conversation());
    co_return co_await run->send(std::move(message), until, control);
}

std::optional<vmcp::failure> stdio_carrier::over(conversation which) const {
    if (const auto run = run_of(which))
        return run->over();
    const std::lock_guard lock(mutex_);
    return failed_ ? *failed_ : no_conversation();
}

// ---- ends

// On the home.
void stdio_carrier::ended(conversation which, bool asked) {
    {
        const std::lock_guard lock(mutex_);
        if (run_ && which == last_)
            failed_ = run_->over();
        if (!asked)
            pace_.ended(steady_clock::now());
        spoiled_.clear();
    }
    if (const auto ready = session_.state.ready(); ready && ready->conversation == which)
        session_.ending.give_up(ready, true);
    session_.router.wake_all();
}

void stdio_carrier::unanswered(conversation which) {
    if (const auto run = run_of(which))
        run->stop(
            stdio_run::manner::at_once,
            fmt::format("its program did not answer initialize within {} s (startTimeout), and was killed",
                        whole_seconds(program_->start_timeout)));
}

void stdio_carrier::drop(conversation which) {
    run_ptr run;
    {
        const std::lock_guard lock(mutex_);
        if (which == 0 || which == last_)
            run = run_;
    }
    if (run && !run->over())
        run->stop(stdio_run::manner::gently, {});
}

void stdio_carrier::end_hung(std::string why) {
    run_ptr run;
    {
        const std::lock_guard lock(mutex_);
        run = run_;
    }
    if (run)
        run->stop(stdio_run::manner::at_once, std::move(why));
}

stdio_carrier::view stdio_carrier::look() const {
    run_ptr run;
    conversation which = 0;
    std::optional<vmcp::failure> failed;
    {
        const std::lock_guard lock(mutex_);
        run = run_;
        which = last_;
        failed = failed_;
    }
    if (!run || run->over())
        return {.failed = std::move(failed)};
    const auto ready = session_.state.ready();
    return {.now = ready && ready->conversation == which ? phase::ready : phase::starting,
            .since = run->began(),
            .heard_at = run->heard_at()};
}

// ---- what cannot be used

void stdio_carrier::spoil(std::uint64_t id, vmcp::failure why) {
    {
        const std::lock_guard lock(mutex_);
        spoiled_.insert_or_assign(id, std::move(why));
    }
    if (session_.router.wake(id))
        return;
    const std::lock_guard lock(mutex_);
    spoiled_.erase(id);
}

std::optional<vmcp::failure> stdio_carrier::take_spoiled(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = spoiled_.find(id);
    if (found == spoiled_.end())
        return std::nullopt;
    std::optional<vmcp::failure> out(std::move(found->second));
    spoiled_.erase(found);
    return out;
}

void stdio_carrier::note_garbage(std::string_view line) {
    const auto now = steady_clock::now();
    std::size_t left_out = 0;
    bool told = false;
    {
        const std::lock_guard lock(mutex_);
        left_out = garbage_pace_.take_left_out(now);
        told = garbage_pace_.let_in(now);
    }
    if (left_out > 0)
        vmcp::log::warn("backend {}: {} on its standard output left out of the log", program_->name,
                        vmcp::count_of(left_out, "more line"));
    if (told)
        vmcp::log::warn(
            "backend {}: a line on its standard output is no JSON-RPC message, and is passed over: {}",
            program_->name, vmcp::excerpt_of(line, program_->secrets));
}

} // namespace transport
