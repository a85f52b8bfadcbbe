#include "vmcp/supervision/stdio/supervised_stdio_backend.hpp"

#include "vmcp/config/secrets_of.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"
#include "vmcp/supervision/http/http_guard.hpp"
#include "vmcp/supervision/stdio/stdio_assembly.hpp"
#include "vmcp/supervision/stdio/stdio_probe.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace vmcp {
namespace {

class stdio_supervised final : public supervised_backend {
public:
    stdio_supervised(stdio_assembly made, std::shared_ptr<transport::process_places> places)
        : context_(std::move(made.context))
        , backend_(std::move(made.backend))
        , program_(std::move(made.program))
        , own_(std::move(made.own))
        , places_(std::move(places)) {}

    std::shared_ptr<backend> for_calls() const override { return backend_; }
    const void* session_key() const noexcept override { return backend_.get(); }

    awaitable<list_outcome> read_lists(reading_patience patience,
                                       std::shared_ptr<cancellation> control) override {
        transport::call_facts facts;
        const auto began = steady_clock::now();
        // Starting a program takes longer than opening a session.
        auto read = co_await backend_->fetch_lists(
            {.session_timeout = std::max(patience.session, program_->start_timeout),
             .page_timeout = patience.page,
             .control = control.get(),
             .met = &facts});
        if (!read)
            co_return list_refusal{read.error(),
                                   evidence_of_call(read.error(), facts, {.secrets = program_->secrets},
                                                    std::chrono::duration_cast<health::microseconds>(
                                                        steady_clock::now() - began))};
        list_reading out{.lists = std::move(read->lists)};
        for (auto& gap : read->missed)
            out.missed.push_back({gap.kind, std::move(gap.method), std::move(gap.why)});
        co_return out;
    }

    std::shared_ptr<backend_probe> make_probe(health::probe_memory memory, health::probe_kind kind) override {
        return make_stdio_probe({.backend = backend_,
                                 .own = own_,
                                 .start_timeout = program_->start_timeout,
                                 .secrets = program_->secrets,
                                 .patience = patience_.load()},
                                std::move(memory), kind);
    }

    void adjust(const backend_config& definition, const config& settings) override {
        backend_->adjust(definition);
        vmcp::adjust(*context_, settings);
        places_->set_most(settings.limits.max_processes);
        set_patience(settings);
    }

    // Of a probe that may take as long as probes may, most of it.
    void set_patience(const config& settings) {
        constexpr milliseconds most{5'000};
        patience_ = std::min(most, settings.operational.failures.health_check_timeout * 9 / 10);
    }

    void recovered() override {} // nothing is kept of the time before: each run has another process

    void retire() override { backend_->retire(); }

    backend_load load() const override { return {backend_->calls_running(), backend_->calls_waiting()}; }

private:
    const std::shared_ptr<transport::backend_context> context_;
    const std::shared_ptr<transport::http_backend> backend_;
    const std::shared_ptr<const transport::stdio_program> program_;
    const std::shared_ptr<own_carrier> own_;
    const std::shared_ptr<transport::process_places> places_;
    std::atomic<milliseconds> patience_{};
};

} // namespace

result<std::shared_ptr<supervised_backend>>
make_stdio_backend(const http_surroundings& around, const transport::program_surroundings& programs,
                   const backend_config& definition, const config& settings,
                   std::shared_ptr<backend_gate> gate) {
    auto made = assemble_stdio_backend(
        definition, settings,
        [&](const auto& secrets) { return std::make_shared<http_guard>(gate, false, secrets); },
        around.current, around.own_lists, around.via, around.callers, programs);
    made.context->unneeded_streams = around.unneeded_streams;
    auto out = std::make_shared<stdio_supervised>(std::move(made), programs.places);
    out->set_patience(settings);
    return std::shared_ptr<supervised_backend>(std::move(out));
}

} // namespace vmcp
