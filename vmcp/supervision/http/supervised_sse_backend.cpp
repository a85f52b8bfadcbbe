#include "vmcp/supervision/http/supervised_sse_backend.hpp"

#include "transport/mcp/back/http_backend.hpp"
#include "transport/mcp/sse_back/sse_carrier.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"
#include "vmcp/supervision/http/http_assembly.hpp"
#include "vmcp/supervision/http/http_guard.hpp"
#include "vmcp/supervision/http/single_session.hpp"
#include "vmcp/supervision/http/sse_probe.hpp"

#include <utility>

namespace vmcp {
namespace {

class sse_supervised final : public supervised_backend {
public:
    sse_supervised(const http_surroundings& around, std::shared_ptr<transport::backend_context> context,
                   sse_probe_target probed)
        : callers_(around.callers)
        , context_(std::move(context))
        , backend_(std::make_shared<transport::http_backend>(context_))
        , probed_(std::move(probed)) {}

    std::shared_ptr<backend> for_calls() const override { return backend_; }
    const void* session_key() const noexcept override { return backend_.get(); }

    awaitable<list_outcome> read_lists(reading_patience patience,
                                       std::shared_ptr<cancellation> control) override {
        transport::call_facts facts;
        const auto began = steady_clock::now();
        auto read = co_await backend_->fetch_lists({.session_timeout = patience.session,
                                                    .page_timeout = patience.page,
                                                    .control = control.get(),
                                                    .met = &facts});
        if (!read)
            co_return list_refusal{read.error(),
                                   evidence_of_call(read.error(), facts, credential_facts_now(),
                                                    std::chrono::duration_cast<health::microseconds>(
                                                        steady_clock::now() - began))};
        list_reading out{.lists = std::move(read->lists)};
        for (auto& gap : read->missed)
            out.missed.push_back({gap.kind, std::move(gap.method), std::move(gap.why)});
        co_return out;
    }

    std::shared_ptr<backend_probe> make_probe(health::probe_memory memory, health::probe_kind kind) override {
        if (backend_->single())
            return make_single_session_probe(backend_, credential_facts_now(), std::move(memory), kind);
        auto to = probed_;
        to.max_body = context_->max_body;
        return make_sse_probe(std::move(to), std::move(memory), kind);
    }

    void adjust(const backend_config& definition, const config& settings) override {
        backend_->adjust(definition);
        vmcp::adjust(*context_, settings);
    }

    void recovered() override {
        context_->connections->distrust_idle();
        for (auto* caller : callers_)
            caller->post(
                [caller, to = context_->connections] { caller->names().renew(to->target().url.host); });
    }

    void retire() override {
        backend_->retire();
        context_->connections->retire();
        for (auto* caller : callers_)
            caller->post([connections = context_->connections] { connections->clear_pool(); });
        context_->connections->clear_pool();
    }

    backend_load load() const override { return {backend_->calls_running(), backend_->calls_waiting()}; }

private:
    credential_facts credential_facts_now() const {
        return {.configured = probed_.credentials_configured, .secrets = context_->connections->secrets()};
    }

    const std::vector<transport::worker*> callers_;
    const std::shared_ptr<transport::backend_context> context_;
    const std::shared_ptr<transport::http_backend> backend_;
    const sse_probe_target probed_;
};

} // namespace

result<std::shared_ptr<supervised_backend>> make_sse_backend(const http_surroundings& around,
                                                             const backend_config& definition,
                                                             const config& settings,
                                                             std::shared_ptr<backend_gate> gate) {
    const bool configured =
        definition.auth.type != auth_strategy::kind::unauthenticated && !definition.auth.of_callers();
    const auto workers = around.callers.size() + 1;
    auto credentials = around.make_credentials(definition);
    const auto context = assemble_http_context(
        definition, settings, credentials,
        [&](const auto& secrets) { return std::make_shared<http_guard>(gate, configured, secrets); },
        around.current, around.own_lists, around.via, workers);
    if (!context)
        return context.error();
    (*context)->unneeded_streams = around.unneeded_streams;
    (*context)->make_carrier = [](transport::session_core& session) {
        return std::make_shared<transport::sse_carrier>(session, transport::sse_patience::of_calls);
    };
    sse_probe_target probed{.definition = definition,
                            .target = (*context)->connections->target(),
                            .credentials = std::move(credentials),
                            .credentials_configured = configured,
                            .via = &around.via,
                            .workers = workers};
    return std::shared_ptr<supervised_backend>(
        std::make_shared<sse_supervised>(around, *context, std::move(probed)));
}

} // namespace vmcp
