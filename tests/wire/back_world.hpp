// One backend as the core has it, alone on one worker, before a scripted server: for tests of what fronts cannot ask for.
#pragma once

#include "tests/fakes/one_worker.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "tests/fakes/tokens_of_callers.hpp"
#include "tests/wire/wire_test_world.hpp"
#include "transport/mcp/back/http_backend.hpp"
#include "vmcp/session/live_session.hpp"

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire {

using fakes::tokens_of_callers;

class silent_guard final : public transport::backend_guard {
public:
    vmcp::result<permit> admit() override { return permit{}; }
    void ended(const permit& permit, const vmcp::failure*) override {
        const std::lock_guard lock(mutex_);
        last_met_ = permit.met;
    }
    void lists_changed() override { ++changes; }
    void reinitialized() override { ++fresh; }
    [[nodiscard]] transport::call_facts last_met() {
        const std::lock_guard lock(mutex_);
        return last_met_;
    }

    std::atomic<int> changes{0}, fresh{0};

private:
    std::mutex mutex_{};
    transport::call_facts last_met_{};
};

// What became of one call.
struct heard {
    std::optional<vmcp::failure> why{}; // none: it was answered
    std::string reply{};                // the backend's whole message, or what the gateway made of it
    std::vector<std::string> notifications{};
};

class recording_sink final : public vmcp::reply_sink {
public:
    vmcp::awaitable<void> notify(const vmcp::gather& message) override {
        out.notifications.push_back(message.str());
        co_return;
    }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return vmcp::fail(vmcp::errc::capability_missing, std::string(question.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override {
        out.reply = answer.whole.empty() ? answer.body : answer.whole;
        co_return;
    }
    vmcp::awaitable<void> fail(const vmcp::failure& why) override {
        out.why = why;
        co_return;
    }
    heard out{};
};

class back_world : public testing::Test {
protected:
    using session_mode = vmcp::backend_session_mode;

    void start(session_mode mode = session_mode::dedicated,
               const std::function<void(vmcp::backend_config&)>& tune = {}) {
        auto config = fakes::backend("b", server.url());
        config.sessions = mode;
        if (tune)
            tune(config);
        context = std::make_shared<transport::backend_context>();
        context->connections = *transport::backend_connections::make(config, 1);
        context->credentials = tokens;
        context->guard = guard;
        context->max_body = std::size_t{1} << 20;
        context->ask_timeout = std::chrono::minutes(10);
        context->expose_uri = [](vmcp::client_session&, const std::string& uri) { return uri; };
        prepare(*context);
        backend = std::make_shared<transport::http_backend>(context);
    }
    // Before the backend is made of it.
    virtual void prepare(transport::backend_context&) {}
    ~back_world() override {
        tokens->released.set(true);
        w.call([&] {
            for (const auto& session : sessions)
                session->close();
            if (backend)
                backend->retire();
        });
        w.call([&] {
            if (context) {
                context->connections->retire();
                context->connections->clear_pool();
            }
            w->sweeper().expire_all();
        });
    }

    // A client session of that caller.
    std::shared_ptr<vmcp::live_session> session(const std::string& subject,
                                                std::string_view capabilities = "{}") {
        vmcp::session_record record;
        record.id = "client-" + std::to_string(sessions.size());
        record.who.subject = subject;
        record.capabilities =
            std::make_shared<const vmcp::client_capabilities>(vmcp::read_client_capabilities(capabilities));
        return sessions.emplace_back(std::make_shared<vmcp::live_session>(std::move(record)));
    }

    // Starts a call; without a session: of a stateless client.
    std::future<heard>
    call(const std::string& subject, std::shared_ptr<vmcp::live_session> in,
         std::string text = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})",
         bool repeatable = false) {
        const auto to = std::make_shared<std::promise<heard>>();
        auto who = std::make_shared<vmcp::caller>();
        who->who.subject = subject;
        w->spawn(
            [](std::shared_ptr<vmcp::call>& running, std::shared_ptr<transport::http_backend> through,
               std::shared_ptr<vmcp::live_session> session, std::shared_ptr<const vmcp::caller> from,
               std::string message, bool again,
               std::shared_ptr<std::promise<heard>> result) -> vmcp::awaitable<void> {
                const auto m = *vmcp::read_message(message);
                vmcp::call_terms terms;
                terms.from = std::move(from);
                terms.can = session ? session->shared_capabilities()
                                    : std::make_shared<const vmcp::client_capabilities>();
                terms.session = session;
                const vmcp::outgoing sent{.what = std::make_shared<vmcp::call>(
                                              m, std::move(terms), transport::worker::current().executor()),
                                          .repeatable = again};
                running = sent.what;
                recording_sink out;
                const auto outcome = co_await through->exchange(sent, out);
                if (!outcome)
                    out.out.why = outcome.error();
                result->set_value(std::move(out.out));
            }(latest, backend, std::move(in), std::move(who), std::move(text), repeatable, to),
            "a test's call");
        return to->get_future();
    }
    static heard get(std::future<heard> from) { return fakes::one_worker::wait(std::move(from)); }
    // A first call of that caller with the handshake it brings, answered: from now on the way is warm.
    void warm(const std::string& subject, const std::shared_ptr<vmcp::live_session>& in,
              std::string_view session_id) {
        auto called = call(subject, in);
        server.handshake(session_id);
        server.expect("tools/call")->result("{}");
        ASSERT_FALSE(get(std::move(called)).why);
    }

    scripted_backend server{};
    std::shared_ptr<tokens_of_callers> tokens = std::make_shared<tokens_of_callers>();
    std::shared_ptr<silent_guard> guard = std::make_shared<silent_guard>();
    std::shared_ptr<transport::backend_context> context{};
    std::shared_ptr<vmcp::call> latest{}; // what call() started last; on the worker
    fakes::one_worker w{};
    std::shared_ptr<transport::http_backend> backend{};
    std::vector<std::shared_ptr<vmcp::live_session>> sessions{};
};

} // namespace wire
