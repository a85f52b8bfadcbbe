#include "vmcp/supervision/http/supervised_http_backend.hpp"

#include "vmcp/supervision/http/call_evidence.hpp"
#include "vmcp/supervision/http/http_assembly.hpp"
#include "vmcp/supervision/http/http_guard.hpp"
#include "vmcp/supervision/http/http_probe.hpp"

#include <utility>

namespace vmcp {
namespace {

using transport::worker;

class http_supervised final : public supervised_backend {
public:
    http_supervised(const http_surroundings& around, http_assembly made, http_probe_target probed)
        : control_(around.control)
        , callers_(around.callers)
        , context_(std::move(made.context))
        , backend_(std::move(made.backend))
        , probed_(std::move(probed)) {}

    std::shared_ptr<backend> for_calls() const override { return backend_; }
    const void* session_key() const noexcept override { return backend_.get(); }

    awaitable<list_outcome> read_lists(milliseconds patience,
                                       std::shared_ptr<cancellation> control) override {
        transport::call_facts facts;
        const auto began = steady_clock::now();
        auto read = co_await backend_->fetch_lists(
            {.page_timeout = patience, .control = control.get(), .met = &facts});
        if (!read) {
            const auto took = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - began);
            co_return list_refusal{read.error(),
                                   evidence_of_call(read.error(), facts, credential_facts_now(), took)};
        }
        list_reading out{.lists = std::move(read->lists)};
        for (auto& gap : read->missed)
            out.missed.push_back({gap.kind, std::move(gap.method), std::move(gap.why)});
        co_return out;
    }

    std::shared_ptr<backend_probe> make_probe(health::probe_memory memory, health::probe_kind kind) override {
        return make_http_probe(control_, probed_, std::move(memory), kind);
    }

    void adjust(const backend_config& definition, const config& settings) override {
        backend_->adjust(definition);
        vmcp::adjust(*context_, settings);
    }

    void recovered() override {
        backend_->connections()->distrust_idle();
        for (auto* caller : callers_)
            caller->post(
                [caller, to = backend_->connections()] { caller->names().renew(to->target().url.host); });
    }

    void retire() override {
        backend_->retire();
        backend_->connections()->retire();
        for (auto* caller : callers_)
            caller->post([connections = backend_->connections()] { connections->clear_pool(); });
        backend_->connections()->clear_pool();
    }

    backend_load load() const override { return {backend_->calls_running(), backend_->calls_waiting()}; }

private:
    credential_facts credential_facts_now() const {
        return {.configured = probed_.credentials_configured, .secrets = backend_->connections()->secrets()};
    }

    worker& control_;
    const std::vector<worker*> callers_;
    const std::shared_ptr<transport::backend_context> context_;
    const std::shared_ptr<transport::http_backend> backend_;
    const http_probe_target probed_;
};

} // namespace

result<std::shared_ptr<supervised_backend>> make_http_backend(const http_surroundings& around,
                                                              const backend_config& definition,
                                                              const config& settings,
                                                              std::shared_ptr<backend_gate> gate) {
    const bool configured =
        definition.auth.type != auth_strategy::kind::unauthenticated && !definition.auth.of_callers();
    auto credentials = around.make_credentials(definition);
    auto made = assemble_http_backend(
        definition, settings, credentials,
        [&](const auto& secrets) { return std::make_shared<http_guard>(gate, configured, secrets); },
        around.current, around.own_lists, around.via, around.callers.size() + 1);
    if (!made)
        return made.error();
    made->context->unneeded_streams = around.unneeded_streams;
    http_probe_target probed{.target = made->backend->connections()->target(),
                             .credentials = std::move(credentials),
                             .credentials_configured = configured,
                             .via = &around.via};
    return std::shared_ptr<supervised_backend>(
        std::make_shared<http_supervised>(around, *std::move(made), std::move(probed)));
}

} // namespace vmcp
