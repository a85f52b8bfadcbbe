#include "vmcp/supervision/http/single_session.hpp"

#include "transport/net/worker.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <utility>

namespace vmcp {
namespace {

using std::chrono::milliseconds;

class single_session_probe final : public backend_probe {
public:
    single_session_probe(std::shared_ptr<transport::http_backend> backend,
                         const credential_facts& credentials, health::probe_memory memory,
                         health::probe_kind kind)
        : backend_(std::move(backend))
        , credentials_(credentials)
        , memory_(std::move(memory))
        , kind_(kind) {}

    awaitable<health::probe_result> run(health::steady_time deadline) override {
        health::probe_result out{.memory = memory_};
        if (kind_ == health::probe_kind::goodbye)
            co_return out;
        const auto began = steady_clock::now();
        control_ = std::make_shared<cancellation>(co_await boost::asio::this_coro::executor);
        if (cancelled_)
            control_->cancel({});
        auto& connections = *backend_->connections();
        if (!backend_->version())
            connections.distrust_idle(); // the handshake that is to come takes none either
        transport::worker::current().names().renew(connections.target().url.host);
        asked_ = began;
        transport::call_facts facts;
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - began);
        const auto done = co_await backend_->ping(
            {.timeout = std::max(left, milliseconds(1)), .cancellation = control_.get(), .met = &facts});
        asked_.reset();
        const auto took = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - began);
        if (!done) {
            out.met = evidence_of_call(done.error(), facts, credentials_, took);
            co_return out;
        }
        out.met = {
            .method = "ping", .status = 200, .credentials_sent = credentials_.configured, .latency = took};
        out.memory.proved = health::era::legacy;
        if (const auto version = backend_->version())
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
    const std::shared_ptr<transport::http_backend> backend_;
    const credential_facts credentials_;
    const health::probe_memory memory_;
    const health::probe_kind kind_;
    std::shared_ptr<cancellation> control_{};
    std::optional<health::steady_time> asked_{};
    bool cancelled_ = false;
};

} // namespace

bool refuses_session(const failure& why, const transport::call_facts& facts) noexcept {
    constexpr unsigned timed_out = 408;
    const bool refused =
        facts.status == 0 || (facts.status >= 400 && facts.status < 500 && facts.status != timed_out);
    return why.code == errc::backend_protocol && facts.method == "initialize" && refused;
}

std::shared_ptr<backend_probe> make_single_session_probe(std::shared_ptr<transport::http_backend> backend,
                                                         const credential_facts& credentials,
                                                         health::probe_memory memory,
                                                         health::probe_kind kind) {
    return std::make_shared<single_session_probe>(std::move(backend), credentials, std::move(memory), kind);
}

} // namespace vmcp
