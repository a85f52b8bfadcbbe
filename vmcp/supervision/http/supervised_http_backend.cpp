#include "vmcp/supervision/http/supervised_http_backend.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"
#include "vmcp/supervision/http/http_assembly.hpp"
#include "vmcp/supervision/http/http_guard.hpp"
#include "vmcp/supervision/http/http_probe.hpp"
#include "vmcp/supervision/http/single_session.hpp"

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

    awaitable<list_outcome> read_lists(reading_patience patience,
                                       std::shared_ptr<cancellation> control) override {
        transport::call_facts facts;
        const transport::list_terms terms{.session_timeout = patience.session,
                                          .page_timeout = patience.page,
                                          .control = control.get(),
                                          .met = &facts};
        const auto began = steady_clock::now();
        auto read = co_await backend_->fetch_lists(terms);
        if (!read && refuses_session(read.error(), facts) && co_await find_single(began + patience.session))
            read = co_await backend_->fetch_lists(terms);
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
        if (backend_->single())
            return make_single_session_probe(backend_, credential_facts_now(), std::move(memory), kind);
        auto to = probed_;
        to.ended = [first = first_](const health::probe_result& result) {
            if (result.opened.empty())
                return;
            *first = {.session_id = result.memory.session_id,
                      .target = result.memory.target,
                      .result = result.opened,
                      .next_id = result.memory.next_id};
        };
        return make_http_probe(control_, std::move(to), std::move(memory), kind);
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

    bool found_single_session() const override { return backend_->found_single(); }

    backend_load load() const override { return {backend_->calls_running(), backend_->calls_waiting()}; }

private:
    // For a backend that refuses the session in which its lists are to be read. True: it takes one session only, the
    // one that a probe opened still lives, and from now on everything goes through that.
    awaitable<bool> find_single(steady_clock::time_point until) {
        const auto& config = backend_->config();
        const bool found = !config.auth.of_callers() && !first_->result.empty() &&
                           co_await backend_->take_over(*first_, until);
        if (found)
            log::info(
                "backend {}: it takes one session only (sessions: single): everybody uses the first one",
                config.name);
        co_return found;
    }

    credential_facts credential_facts_now() const {
        return {.configured = probed_.credentials_configured, .secrets = backend_->connections()->secrets()};
    }

    worker& control_;
    const std::vector<worker*> callers_;
    const std::shared_ptr<transport::backend_context> context_;
    const std::shared_ptr<transport::http_backend> backend_;
    const http_probe_target probed_;
    // The last session that a probe opened; empty: none.
    const std::shared_ptr<transport::opened_session> first_ = std::make_shared<transport::opened_session>();
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
