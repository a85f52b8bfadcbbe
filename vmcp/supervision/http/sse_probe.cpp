#include "vmcp/supervision/http/sse_probe.hpp"

#include "transport/mcp/back/http_session.hpp"
#include "transport/mcp/sse_back/sse_carrier.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

using std::chrono::milliseconds;

// Nothing stands before a probe, and nobody is told of it but who asked for it.
class no_guard final : public transport::backend_guard {
public:
    result<permit> admit() override { return permit{}; }
    void ended(const permit&, const failure*) override {}
    void lists_changed() override {}
    void reinitialized() override {}
};

class sse_probe final : public backend_probe, public std::enable_shared_from_this<sse_probe> {
public:
    sse_probe(sse_probe_target to, health::probe_memory memory, health::probe_kind kind)
        : to_(std::move(to))
        , memory_(std::move(memory))
        , kind_(kind) {}

    awaitable<health::probe_result> run(health::steady_time deadline) override {
        const auto self = shared_from_this();
        health::probe_result out{.memory = memory_};
        if (kind_ == health::probe_kind::goodbye)
            co_return out;
        const auto began = steady_clock::now();
        control_ = std::make_shared<cancellation>(transport::worker::current().executor());
        if (cancelled_)
            control_->cancel({});
        const auto context = make_context(deadline - began);
        const auto session =
            std::make_shared<transport::http_session>(context, "{}", latest_version, nullptr, nullptr);
        asked_ = began;
        const auto made = co_await session->ensure(deadline, control_.get());
        asked_.reset();
        auto facts = session->refusal();
        session->close();
        context->connections->retire();
        context->connections->clear_pool();
        const auto took = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - began);
        if (!made) {
            if (facts.method.empty())
                facts.method = "initialize";
            out.met = evidence_of_call(
                made.error(), facts,
                {.configured = to_.credentials_configured, .secrets = context->connections->secrets()}, took);
            co_return out;
        }
        out.met = {.method = "initialize", .latency = took};
        out.memory.proved = health::era::legacy;
        out.revision = out.memory.protocol_version = text_of((*made)->version);
        co_return out;
    }

    void cancel() override {
        cancelled_ = true;
        if (control_)
            control_->cancel({});
    }

    std::optional<health::steady_time> asking_since() const override { return asked_; }

private:
    std::shared_ptr<transport::backend_context> make_context(steady_clock::duration patience) const {
        auto definition = to_.definition;
        // A little less, so that it is told what there was to wait for.
        definition.timeout =
            std::max(std::chrono::duration_cast<milliseconds>(patience) * 9 / 10, milliseconds(1));
        auto out = std::make_shared<transport::backend_context>();
        out->connections =
            std::make_shared<transport::backend_connections>(definition, to_.target, to_.workers);
        out->credentials = to_.credentials;
        out->guard = std::make_shared<no_guard>();
        out->max_body = to_.max_body;
        out->via = to_.via;
        out->make_carrier = [](transport::session_core& session) {
            return std::make_shared<transport::sse_carrier>(session, transport::sse_patience::none);
        };
        return out;
    }

    const sse_probe_target to_;
    const health::probe_memory memory_;
    const health::probe_kind kind_;
    std::shared_ptr<cancellation> control_{};
    std::optional<health::steady_time> asked_{};
    bool cancelled_ = false;
};

} // namespace

std::shared_ptr<backend_probe> make_sse_probe(sse_probe_target to, health::probe_memory memory,
                                              health::probe_kind kind) {
    return std::make_shared<sse_probe>(std::move(to), std::move(memory), kind);
}

} // namespace vmcp
