#include "vmcp/supervision/stdio/stdio_probe.hpp"

#include "vmcp/base/words.hpp"
#include "vmcp/model/cancellation.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

using std::chrono::milliseconds;
using transport::stdio_carrier;
using phase = stdio_carrier::phase;

health::microseconds since(steady_clock::time_point begin) {
    return std::chrono::duration_cast<health::microseconds>(steady_clock::now() - begin);
}

long whole_seconds(steady_clock::duration span) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

class stdio_probe final : public backend_probe {
public:
    stdio_probe(stdio_probe_target to, health::probe_memory memory, health::probe_kind kind)
        : to_(std::move(to))
        , memory_(std::move(memory))
        , kind_(kind) {}

    awaitable<health::probe_result> run(health::steady_time deadline) override {
        health::probe_result out{.memory = memory_};
        if (kind_ == health::probe_kind::goodbye)
            co_return out;
        control_ = std::make_shared<cancellation>(co_await boost::asio::this_coro::executor);
        if (cancelled_)
            control_->cancel({});
        if (look().now == phase::ready) {
            out.met = co_await ping(deadline);
        } else {
            // Who starts is looked at again soon: nobody waits here for it.
            constexpr milliseconds a_while{600};
            out.met = co_await ping(std::min(deadline, steady_clock::now() + a_while));
            // How long it took to start is not how long it takes to answer.
            if (out.met.what == health::finding::success)
                out.met = co_await ping(deadline);
        }
        if (out.met.what != health::finding::success)
            co_return out;
        out.memory.proved = health::era::legacy;
        if (const auto version = to_.backend->version())
            out.revision = out.memory.protocol_version = text_of(*version);
        co_return out;
    }

    void cancel() override {
        cancelled_ = true;
        if (control_)
            control_->cancel({});
    }

    std::optional<health::steady_time> asking_since() const override { return asked_; }

private:
    [[nodiscard]] stdio_carrier::view look() const {
        const auto carrier = to_.own->get();
        return carrier ? carrier->look() : stdio_carrier::view{};
    }

    awaitable<health::evidence> ping(health::steady_time deadline) {
        const auto began = steady_clock::now();
        const bool ran = look().now == phase::ready;
        if (ran)
            asked_ = began;
        transport::call_facts met;
        const auto left =
            std::max(std::chrono::duration_cast<milliseconds>(deadline - began), milliseconds(1));
        const auto done =
            co_await to_.backend->ping({.timeout = left, .cancellation = control_.get(), .met = &met});
        asked_.reset();
        if (done)
            co_return health::evidence{.method = "ping", .latency = since(began)};
        const auto now = look();
        // It runs and has said nothing yet; or nobody has come to start it, on a machine that is busy.
        const bool to_start = now.now == phase::starting || (now.now == phase::idle && !now.failed);
        if (done.error().code == errc::backend_timeout && to_start)
            co_return starting(now.now == phase::starting ? now.since : began, since(began));
        if (done.error().code == errc::backend_timeout && ran && now.now == phase::ready)
            judge_silence(began, now);
        // Nothing was asked: it waits to be started again.
        if (done.error().code == errc::backend_timeout && now.now == phase::idle && now.failed)
            co_return evidence_of_call(*now.failed, met, {.secrets = to_.secrets}, since(began));
        co_return evidence_of_call(done.error(), met, {.secrets = to_.secrets}, since(began));
    }

    [[nodiscard]] health::evidence starting(steady_clock::time_point from,
                                            health::microseconds latency) const {
        return {.what = health::finding::starting,
                .detail =
                    fmt::format("for {} s, and may take {} s, startTimeout",
                                whole_seconds(steady_clock::now() - from), whole_seconds(to_.start_timeout)),
                .latency = latency};
    }

    // It was asked at `began`, and has not answered.
    void judge_silence(steady_clock::time_point began, const stdio_carrier::view& now) const {
        const bool patient = steady_clock::now() - began >= to_.patience;
        const bool same = now.since <= began && now.heard_at <= began;
        if (!patient || !same || to_.backend->calls_running() > 0)
            return;
        if (const auto carrier = to_.own->get())
            carrier->end_hung(
                fmt::format("its program has said nothing for {}, not even to a ping, and was killed",
                            count_of(std::max(1L, whole_seconds(steady_clock::now() - began)), "second")));
    }

    const stdio_probe_target to_;
    const health::probe_memory memory_;
    const health::probe_kind kind_;
    std::shared_ptr<cancellation> control_{};
    std::optional<health::steady_time> asked_{};
    bool cancelled_ = false;
};

} // namespace

std::shared_ptr<backend_probe> make_stdio_probe(stdio_probe_target to, health::probe_memory memory,
                                                health::probe_kind kind) {
    return std::make_shared<stdio_probe>(std::move(to), std::move(memory), kind);
}

} // namespace vmcp
