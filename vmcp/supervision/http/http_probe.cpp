#include "vmcp/supervision/http/http_probe.hpp"

#include "transport/mcp/back/credential_in.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/traceparent.hpp"
#include "vmcp/model/tracer.hpp"
#include "vmcp/supervision/http/probe_runner.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

class http_probe final : public backend_probe, public std::enable_shared_from_this<http_probe> {
public:
    http_probe(transport::worker& home, http_probe_target to, health::probe_memory memory,
               health::probe_kind kind)
        : home_(home)
        , to_(std::move(to))
        , memory_(std::move(memory))
        , kind_(kind) {}

    awaitable<health::probe_result> run(health::steady_time deadline) override {
        const auto self = shared_from_this();
        began_ = steady_clock::now();
        bool again = false;
        for (;;) {
            // Getting a credential may take longer than the probe may: it ends with the probe's deadline.
            const auto credential =
                co_await transport::credential_in(to_.credentials, nullptr, deadline, control_.get());
            if (cancelled_)
                co_return without_credential(fail(errc::cancelled));
            if (!credential)
                co_return without_credential(credential.error());
            auto result = co_await ask(**credential, deadline);
            const bool refused = result.met.what == health::finding::auth_needed && result.met.status == 401;
            // Another credential may be had: it is tried at once, and once.
            if (!refused || !to_.credentials->refused(**credential) || std::exchange(again, true) ||
                cancelled_)
                co_return result;
        }
    }

    void cancel() override {
        cancelled_ = true;
        control_->cancel({});
        if (runner_)
            runner_->cancel();
    }

    std::optional<health::steady_time> asking_since() const override {
        return runner_ ? runner_->asking_since() : std::nullopt;
    }

private:
    awaitable<health::probe_result> ask(const credential& credential, health::steady_time deadline) {
        // A session that was opened with another credential is not this one's.
        auto memory = memory_.credential_key == credential.key || kind_ == health::probe_kind::goodbye
                          ? memory_
                          : health::probe_memory{};
        probe_target target{.target = to_.target, .headers = credential.fields, .signer = credential.signer};
        if (to_.via != nullptr)
            target.headers.emplace_back("Via", to_.via->own(steady_clock::now()));
        running_span span({}, span_kind::client);
        if (span.context().known())
            target.headers.emplace_back(traceparent_field, traceparent_text(span.context()));
        target.options.tls = to_.target.url.tls;
        target.options.credentials_configured = to_.credentials_configured;
        target.options.routes_modern = to_.routes_modern;
        target.options.routes_legacy = to_.routes_legacy;
        target.options.initialize_first = to_.initialize_first;
        target.options.client_version = program_version;
        target.options.secrets = credential.secrets;
        runner_ = make_probe_runner(home_, std::make_shared<const probe_target>(std::move(target)),
                                    std::move(memory), kind_);
        auto result = co_await runner_->run(deadline);
        runner_ = nullptr;
        result.memory.credential_key = credential.key;
        note_end(span.record(), result);
        if (to_.ended)
            to_.ended(result);
        co_return result;
    }

    void note_end(span* record, const health::probe_result& result) const {
        if (record == nullptr)
            return;
        record->name = "probe";
        record->add("server.address", to_.target.url.host);
        record->add("server.port", std::int64_t{to_.target.url.port});
        record->add("mcp.method.name", result.met.method);
        record->add("mcp.protocol.version", result.revision);
        if (result.met.status != 0)
            record->add("http.response.status_code", std::int64_t{result.met.status});
        if (result.met.what != health::finding::success)
            record->fail(health::name_of(result.met.what), result.met.detail);
    }

    health::probe_result without_credential(const failure& why) const {
        health::probe_result out{.memory = memory_};
        out.met.what =
            why.code == errc::cancelled ? health::finding::cancelled : health::finding::no_credential;
        constexpr std::size_t longest = 240; // what went wrong stands at its end
        out.met.detail = vmcp::excerpt_of(why.message(), {}, longest);
        out.met.credentials_sent = true; // it is configured, and could not be had
        out.met.latency = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - began_);
        return out;
    }

    transport::worker& home_;
    const http_probe_target to_;
    const health::probe_memory memory_;
    const health::probe_kind kind_;
    health::steady_time began_{};
    const std::shared_ptr<cancellation> control_ = std::make_shared<cancellation>(home_.executor());
    std::shared_ptr<probe_runner> runner_{};
    bool cancelled_ = false;
};

} // namespace

std::shared_ptr<backend_probe> make_http_probe(transport::worker& home, http_probe_target to,
                                               health::probe_memory memory, health::probe_kind kind) {
    return std::make_shared<http_probe>(home, std::move(to), std::move(memory), kind);
}

} // namespace vmcp
