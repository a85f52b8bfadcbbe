// How a program is ended, and what follows when it has.
#include "transport/mcp/stdio/stdio_run.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

vmcp::awaitable<void> stdio_run::keep_within_limits(self_ptr self) {
    constexpr milliseconds between{1'000};
    auto& run = *self;
    const auto& program = *run.program_;
    auto& pause = run.between_looks_.emplace(run.home_);
    const std::shared_ptr<void> at_end(nullptr, [&run](void*) { run.between_looks_.reset(); });
    while (!run.ended_) {
        co_await pause.until(steady_clock::now() + between);
        if (pause.was_cut())
            co_return run.end_now({}, manner::at_once);
        if (run.ended_)
            co_return;
        const auto held = program.around.census->of_session(run.child_->id(), steady_clock::now());
        if (held.processes > program.most_processes)
            run.end_now(
                fmt::format(
                    "its program had {} processes, more than {} (processes), and was killed with them",
                    held.processes, program.most_processes),
                manner::at_once);
        else if (program.spec.memory != 0 && held.resident > program.spec.memory)
            run.end_now(
                fmt::format("its program held {} bytes of memory, more than {} (memory), and was killed",
                            held.resident, program.spec.memory),
                manner::at_once);
    }
}

void stdio_run::stop(manner how, std::string why) {
    if (over())
        return; // and its home may be gone
    home_.post([self = shared_from_this(), how, why = std::move(why)]() mutable {
        self->end_now(std::move(why), how);
    });
}

void stdio_run::end_now(std::string why, manner how) {
    if (ended_)
        return;
    const bool first = !std::exchange(stopping_, true);
    if (first) {
        why_ = std::move(why);
        if (!why_.empty())
            vmcp::log::warn("backend {}: {}", program_->name, why_);
    }
    wake_writer_->cancel();
    if (how == manner::at_once) {
        killed_ = true;
        child_->signal_group(SIGKILL);
    } else if (first) {
        home_.spawn(end_gently(shared_from_this()), "ending a program");
    }
}

vmcp::awaitable<void> stdio_run::end_gently(self_ptr self) {
    constexpr milliseconds grace{1'000}; // for each step
    constexpr milliseconds look{10};
    auto& run = *self;
    guarded_pause pause(run.home_);
    const auto waits = [&run, &pause, grace, look]() -> vmcp::awaitable<bool> {
        for (const auto until = steady_clock::now() + grace; !run.ended_ && !run.killed_;)
            if (steady_clock::now() >= until || !co_await pause.until(steady_clock::now() + look))
                co_return true;
        co_return false;
    };
    boost::system::error_code ignored;
    run.child_->input().close(ignored);
    if (!co_await waits())
        co_return;
    run.child_->signal_group(SIGTERM);
    if (co_await waits())
        run.child_->signal_group(SIGKILL);
}

vmcp::awaitable<void> stdio_run::wait_for_end(self_ptr self) {
    constexpr int most_looks = 20;
    auto& run = *self;
    co_await run.child_->ended();
    // What it said last is still in the pipe, which others may hold open.
    guarded_pause pause(run.home_);
    for (int i = 0; i < most_looks && !run.output_ended_ && !pause.was_cut(); ++i)
        co_await pause.until(steady_clock::now() + milliseconds(10));
    run.finish(run.child_->reap());
}

void stdio_run::finish(const process_end& how) {
    ended_ = true;
    const bool wanted = stopping_ && why_.empty();
    auto why = vmcp::fail(errc::backend_unavailable, wanted ? std::string("its program was ended")
                                                     : why_.empty()
                                                         ? fmt::format("its program ended: {}", how.text())
                                                         : why_);
    if (!wanted && why_.empty())
        vmcp::log::warn("backend {}: its program ended: {}{}", program_->name, how.text(),
                        last_words_.empty() ? "" : "; the last on its standard error: " + last_words_);
    else if (wanted)
        vmcp::log::info("backend {}: process {} was ended", program_->name, child_->id());
    if (const auto left_out = error_pace_.take_left_out(steady_clock::now(), true))
        vmcp::log::info("backend {}: stderr: {} left out, as there were many", program_->name,
                        vmcp::count_of(left_out, "line"));
    {
        const std::lock_guard lock(mutex_);
        over_ = std::move(why);
        waiting_.clear();
        waiting_memory_.release();
    }
    boost::system::error_code ignored;
    for (auto* pipe : {&child_->input(), &child_->output(), &child_->errors()})
        pipe->close(ignored);
    ++writes_;
    stalled_->cancel();
    wake_writer_->cancel();
    if (between_looks_)
        between_looks_->cancel();
    place_ = {};
    room_.notify_all();
    const auto to = std::exchange(ear_.over, nullptr);
    if (to)
        to(wanted);
    // Here, and not where the last who knows of this forgets it. Those who read and write are told first.
    home_.post([self = shared_from_this()] {
        self->child_.reset();
        self->wake_writer_.reset();
        self->stalled_.reset();
        self->line_memory_.release();
    });
}

} // namespace transport
