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
    const void* session_key() const noexcept override { return backend_->session_key(); }

    awaitable<list_outcome> read_lists(reading_patience patience,
                                       std::shared_ptr<cancellation> control) override {
        transport::call_facts facts;
        const transport::list_terms terms{.session_timeout = patience.session,
                                          .page_timeout = patience.page,
                                          .control = control.get(),
                                          .met = &facts};
        const auto began = steady_clock::now();
        const auto refusal = [&](const failure& why) {
            const auto took = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - began);
            return list_refusal{why, evidence_of_call(why, facts, credential_facts_now(), took)};
        };
        const auto by = backend_->current();
        if (by.modern) {
            auto read = co_await by.modern->fetch_lists(terms);
            if (!read)
                co_return refusal(read.error());
            auto out = as_reading(std::move(read->reading));
            out.fresh_for = read->fresh_for;
            co_return out;
        }
        auto read = co_await by.legacy->fetch_lists(terms);
        if (!read && refuses_session(read.error(), facts) &&
            co_await find_single(by.legacy, began + patience.session))
            read = co_await by.legacy->fetch_lists(terms);
        if (!read)
            co_return refusal(read.error());
        co_return as_reading(std::move(*read));
    }

    std::shared_ptr<backend_probe> make_probe(health::probe_memory memory, health::probe_kind kind) override {
        if (const auto by = backend_->current(); by.legacy && by.legacy->single())
            return make_single_session_probe(by.legacy, credential_facts_now(), std::move(memory), kind);
        auto to = probed_;
        to.initialize_first = *initialize_first_;
        to.ended = [first = first_, order = initialize_first_, of = std::weak_ptr(backend_),
                    kind](const health::probe_result& result) {
            if (const auto alive = of.lock(); alive && kind == health::probe_kind::health)
                take(result, *alive, *order);
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

    bool found_single_session() const override {
        const auto by = backend_->current();
        return by.legacy && by.legacy->found_single();
    }

    backend_load load() const override {
        const auto& places = *context_->places;
        return {places.running() - places.errands_running(), places.waiting()};
    }

private:
    static list_reading as_reading(transport::list_reading read) {
        list_reading out{.lists = std::move(read.lists)};
        for (auto& gap : read.missed)
            out.missed.push_back({gap.kind, std::move(gap.method), std::move(gap.why)});
        return out;
    }

    // What a probe proves, and with which question the next one begins.
    static void take(const health::probe_result& result, chosen_backend& backend, bool& initialize_first) {
        const bool good = result.met.what == health::finding::success;
        if (good)
            backend.learned(result.memory.proved);
        if (result.met.what != health::finding::cancelled)
            initialize_first = result.discover_in_vain ||
                               (initialize_first && good && result.memory.proved == health::era::legacy);
    }

    // For a backend that refuses the session in which its lists are to be read. True: it takes one session only, the
    // one that a probe opened still lives, and from now on everything goes through that.
    awaitable<bool> find_single(std::shared_ptr<transport::http_backend> own,
                                steady_clock::time_point until) {
        const auto& config = own->config();
        const bool found =
            !config.auth.of_callers() && !first_->result.empty() && co_await own->take_over(*first_, until);
        if (found)
            log::info(
                "backend {}: it takes one session only (sessions: single): everybody uses the first one",
                config.name);
        co_return found;
    }

    credential_facts credential_facts_now() const {
        return {.configured = probed_.credentials_configured, .secrets = context_->connections->secrets()};
    }

    worker& control_;
    const std::vector<worker*> callers_;
    const std::shared_ptr<transport::backend_context> context_;
    const std::shared_ptr<chosen_backend> backend_;
    const http_probe_target probed_;
    const std::shared_ptr<bool> initialize_first_ = std::make_shared<bool>(false);
    // The last session that a probe opened; empty: none.
    const std::shared_ptr<transport::opened_session> first_ = std::make_shared<transport::opened_session>();
};

// What a brand-new probe proves, which knows nothing of those before; a session that it opened is ended.
awaitable<health::era> proved_now(http_probe_target to) {
    constexpr std::chrono::milliseconds patience{5'000};
    auto& home = worker::current();
    const auto until = steady_clock::now() + patience;
    const auto found = co_await make_http_probe(home, to, {}, health::probe_kind::health)->run(until);
    if (!found.memory.session_id.empty())
        home.spawn(
            [](std::shared_ptr<backend_probe> last, health::steady_time by) -> awaitable<void> {
                co_await last->run(by);
            }(make_http_probe(home, to, found.memory, health::probe_kind::goodbye), until + patience),
            "ending the session of a probe");
    co_return found.met.what == health::finding::success ? found.memory.proved : health::era::unknown;
}

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
    http_probe_target probed{.target = made->context->connections->target(),
                             .credentials = std::move(credentials),
                             .credentials_configured = configured,
                             .routes_modern = definition.era != backend_era::legacy,
                             .routes_legacy = definition.era != backend_era::modern,
                             .via = &around.via};
    made->backend->learn_by([probed] { return proved_now(probed); }, [gate] { gate->want_probe(); });
    return std::shared_ptr<supervised_backend>(
        std::make_shared<http_supervised>(around, *std::move(made), std::move(probed)));
}

} // namespace vmcp
