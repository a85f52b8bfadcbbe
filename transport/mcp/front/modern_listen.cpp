// modern_front::listen(): subscriptions/listen of stateless clients (MCP 2026-07-28, basic/patterns/subscriptions).
#include "transport/mcp/front/call_room.hpp"
#include "transport/mcp/front/listen_stream.hpp"
#include "transport/mcp/front/modern_front.hpp"
#include "transport/mcp/front/peer_watch.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/scoped_count.hpp"
#include "vmcp/model/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <utility>
#include <vector>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;
using vmcp::steady_clock;

namespace {

// So many backends at a time are told of one subscription, all of them within this time: clients do not wait much longer for
// the acknowledgement.
constexpr std::size_t most_told_at_once = 8;
constexpr std::chrono::seconds most_time_to_tell{30};

struct quiet_sink final : vmcp::reply_sink {
    bool accepted = false;
    bool denied = false;
    vmcp::awaitable<void> notify(const vmcp::gather&) override { co_return; }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const message& question) override {
        return vmcp::fail(errc::capability_missing, std::string(question.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override {
        accepted = answer.kind == vmcp::answer_kind::result;
        co_return;
    }
    vmcp::awaitable<void> fail(const vmcp::failure& why) override {
        denied = why.code == errc::forbidden;
        co_return;
    }
};

// A subscription while its backends are told to deliver updates: what one refuses, or nobody has, is not honoured. On one worker.
class opening : public std::enable_shared_from_this<opening> {
public:
    // `denied` is told what policies refuse, until give_up().
    opening(vmcp::service& core, vmcp::call_terms terms, std::shared_ptr<listen_stream> to,
            listen_filter asked, std::function<void(const message&)> denied)
        : core_(core)
        , terms_(std::move(terms))
        , to_(std::move(to))
        , asked_(std::move(asked))
        , accepted_(asked_.uris.size(), false)
        , denied_(std::move(denied)) {}

    // Begins; at the end of all of it the stream is told what it will deliver.
    void begin(worker& home) {
        telling_ = std::min(asked_.uris.size(), most_told_at_once);
        if (telling_ == 0)
            conclude();
        for (std::size_t i = telling_; i > 0; --i)
            home.spawn(tell_some(shared_from_this()), "telling backends of a subscription");
    }

    // Nobody waits for it any more.
    void give_up() {
        next_ = asked_.uris.size();
        denied_ = nullptr;
        for (const auto& one : running_)
            one->cancel({});
    }

    // Returns when no backend is being told any more.
    vmcp::awaitable<void> over(vmcp::any_io_executor ex) { co_await over_.get(std::move(ex)); }

private:
    static vmcp::awaitable<void> tell_some(std::shared_ptr<opening> self) {
        const std::shared_ptr<void> at_end(nullptr, [&self](void*) {
            if (--self->telling_ == 0)
                self->conclude();
        });
        while (self->next_ < self->asked_.uris.size()) {
            const auto i = self->next_++;
            self->accepted_[i] = co_await self->subscribe(self->asked_.uris[i]);
        }
    }

    vmcp::awaitable<bool> subscribe(const std::string& uri) {
        const auto text = vmcp::request_message("1", "resources/subscribe",
                                                fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
        const auto m = vmcp::read_message(text);
        const auto call = std::make_shared<vmcp::call>(*m, terms_, co_await boost::asio::this_coro::executor);
        const auto at = running_.insert(running_.end(), call);
        const std::shared_ptr<void> at_end(nullptr, [&](void*) { running_.erase(at); });
        quiet_sink out;
        co_await core_.handle(call, out);
        if (out.denied && denied_)
            denied_(*m);
        co_return out.accepted;
    }

    void conclude() {
        listen_filter honoured{.lists = asked_.lists};
        for (std::size_t i = 0; i < accepted_.size(); ++i)
            if (accepted_[i])
                honoured.uris.push_back(std::move(asked_.uris[i]));
        const bool nothing = honoured.empty();
        to_->acknowledge(std::move(honoured));
        if (nothing)
            to_->complete();
        over_.set(true);
    }

    vmcp::service& core_;
    const vmcp::call_terms terms_;
    const std::shared_ptr<listen_stream> to_;
    listen_filter asked_;
    std::vector<bool> accepted_; // of asked_.uris
    std::function<void(const message&)> denied_;
    std::size_t next_ = 0;    // of those, the first that nobody was told of
    std::size_t telling_ = 0; // coroutines that run
    std::list<std::shared_ptr<vmcp::call>> running_{};
    vmcp::promised<bool> over_{};
};

// The client session of one subscription: it ends with its stream, however that ends.
class scoped_session {
public:
    scoped_session(vmcp::session_store& in, std::shared_ptr<vmcp::live_session> session, worker& home)
        : in_(in)
        , session_(std::move(session))
        , home_(home) {}
    ~scoped_session() {
        home_.spawn(in_.end(session_, vmcp::session_end::deleted), "the end of a subscription");
    }
    scoped_session(const scoped_session&) = delete;
    scoped_session& operator=(const scoped_session&) = delete;

private:
    vmcp::session_store& in_;
    const std::shared_ptr<vmcp::live_session> session_;
    worker& home_;
};

} // namespace

asio::awaitable<void> modern_front::listen(const admitted_request& request, const message& m) {
    auto& connection = request.http.connection;
    auto asked = read_listen_filter(m);
    if (!asked) {
        co_await request.refuse(asked.error());
        co_return;
    }
    if (!request.fields.accepts.event_stream()) {
        co_await request.refuse(fail(errc::not_acceptable, "Accept must list text/event-stream"));
        co_return;
    }
    const vmcp::scoped_count open(counters_.streams);
    if (const auto full = no_room_for_stream(request, counters_)) {
        co_await request.refuse(*full);
        co_return;
    }
    // The core tells sessions of changes: a subscription is one that lasts as long as its stream.
    auto opened = co_await sessions_.open(
        {.id = vmcp::random_session_id(), .who = request.from->who, .network = connection.network()});
    if (!opened) {
        co_await request.refuse(opened.error());
        co_return;
    }
    const auto& session = *opened;
    const scoped_session ended(sessions_, session, connection.home());
    if (!policy_.allows_all(*request.from))
        session->set_policy_class(policy_.policy_class(*request.from));
    audit_message(request, m);
    co_await follow(request,
                    std::make_shared<listen_stream>(std::string(m.id.raw), connection.home().memory()),
                    session, std::move(*asked));
}

// The stream begins at once, so that a client that leaves is noticed while backends are told.
asio::awaitable<void> modern_front::follow(const admitted_request& request,
                                           std::shared_ptr<listen_stream> listening,
                                           const session_ptr& session, listen_filter asked) {
    auto& connection = request.http.connection;
    session->set_stream(listening);
    const auto reader = *listening->stream()->attach(std::nullopt);
    const auto beginning =
        std::make_shared<opening>(core_,
                                  vmcp::call_terms{.spoken = vmcp::era::modern,
                                                   .from = request.from,
                                                   .can = session->shared_capabilities(),
                                                   .session = session,
                                                   .deadline = steady_clock::now() + most_time_to_tell,
                                                   .headers = request.passed_through(),
                                                   .via = request.fields.via},
                                  listening, std::move(asked), [&request](const message& subscribing) {
                                      audit_refusal(request, vmcp::denied(), &subscribing);
                                  });
    const std::shared_ptr<void> at_end(nullptr, [&](void*) { beginning->give_up(); });
    beginning->begin(connection.home());
    connection.on_drain_do([listening] { listening->complete(); });
    {
        const peer_watch watch(connection,
                               [stream = listening->stream()] { stream->changed().notify_all(); });
        co_await write_stream(connection, listening->stream(), reader, options_for(request));
    }
    connection.mark_gone();
    beginning->give_up();
    co_await beginning->over(connection.home().executor());
}

} // namespace transport
