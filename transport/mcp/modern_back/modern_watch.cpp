#include "transport/mcp/modern_back/modern_watch.hpp"

#include "transport/mcp/back/admitted_call.hpp"
#include "transport/mcp/back/backend_message.hpp"
#include "transport/mcp/modern_back/modern_call.hpp"
#include "transport/mcp/modern_back/modern_request.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace transport {

using vmcp::errc;

namespace {

constexpr std::string_view method = "subscriptions/listen";
constexpr auto never = steady_clock::time_point::max();
// A stream that ended sooner is not opened again at once.
constexpr milliseconds long_life{5'000};

// Between the half of it and one and a half: what listens to a backend that was restarted does not all come at once.
milliseconds spread(milliseconds pause) {
    thread_local std::minstd_rand random{std::random_device{}()};
    return pause / 2 +
           milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, pause.count())(random));
}

} // namespace

// What comes on one stream.
class modern_watch::sink final : public vmcp::reply_sink {
public:
    sink(modern_watch& watch, stream& on, admitted_call& admitted)
        : watch_(watch)
        , on_(on)
        , admitted_(admitted) {}

    vmcp::awaitable<void> notify(const vmcp::gather& message) override {
        const std::string text = message.str();
        const auto m = vmcp::read_message(text, backend_json_depth);
        if (!m)
            co_return;
        if (m->method == "notifications/subscriptions/acknowledged" && !on_.acknowledged) {
            admitted_.ended({});
            on_.acknowledged = true;
            on_.granted = read_acknowledged(m->params.raw);
            watch_.changed_.notify_all();
        } else if (on_.acknowledged) {
            co_await watch_.take(*m, on_);
        }
    }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return vmcp::fail(errc::method_not_found, std::string(question.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override {
        on_.refused = answer.kind == vmcp::answer_kind::error;
        if (on_.refused)
            on_.why = vmcp::fail(
                errc::backend_protocol,
                "subscriptions/listen was answered with an error: " +
                    vmcp::excerpt_of(
                        vmcp::unquoted(vmcp::json_member(answer.body, "message", backend_json_depth).raw)
                            .value_or("")));
        co_return;
    }
    vmcp::awaitable<void> fail(const vmcp::failure&) override { co_return; }

private:
    modern_watch& watch_;
    stream& on_;
    admitted_call& admitted_;
};

// ---- what is wanted

void modern_watch::changed() {
    bool begin = false;
    {
        const std::lock_guard lock(mutex_);
        ++version_;
        begin = !stopped_ && !running_ && !wanted_.none();
        running_ = running_ || begin;
    }
    changed_.notify_all();
    if (begin)
        worker::current().spawn(run(shared_from_this()), "what a backend tells");
}

void modern_watch::want_lists(const watched& lists) {
    {
        const std::lock_guard lock(mutex_);
        auto next = lists;
        next.uris = wanted_.uris;
        // Asked for again when it was refused before: the lists are read because the backend may be another one now.
        if (next == wanted_ && !refusal_)
            return;
        wanted_ = std::move(next);
    }
    changed();
}

vmcp::awaitable<vmcp::result<void>> modern_watch::subscribe(std::shared_ptr<vmcp::client_session> client,
                                                            std::string uri, steady_clock::time_point until,
                                                            vmcp::cancellation* control) {
    audience_.join(client);
    audience_.subscribe(client.get(), uri);
    std::uint64_t mine = 0;
    bool is_new = false;
    {
        const std::lock_guard lock(mutex_);
        is_new = wanted_.uris.insert(uri).second || refusal_.has_value();
    }
    if (is_new)
        changed();
    {
        const std::lock_guard lock(mutex_);
        mine = version_;
    }
    const vmcp::cancellation::scope cancellable(control, [this] { changed_.notify_all(); });
    const auto ex = co_await boost::asio::this_coro::executor;
    std::optional<vmcp::failure> why;
    for (bool in_time = true; !why;) {
        auto ticket = changed_.take(ex);
        {
            const std::lock_guard lock(mutex_);
            if (granted_.uris.contains(uri))
                co_return vmcp::result<void>();
            if (stopped_)
                why = vmcp::fail(errc::backend_unavailable, "it is not there any more");
            else if (settled_version_ >= mine)
                why = refusal_.value_or(
                    vmcp::fail(errc::backend_protocol, "it does not tell of changes of this resource"));
            else if (control != nullptr && control->cancelled())
                why = vmcp::fail(errc::cancelled);
            else if (!in_time)
                why = vmcp::fail(errc::backend_timeout, "it did not acknowledge the subscription in time");
        }
        if (!why)
            in_time = co_await ticket.wait(until);
    }
    unsubscribe(client.get(), uri);
    co_return *why;
}

void modern_watch::unsubscribe(shared_audience::who client, const std::string& uri) {
    if (audience_.unsubscribe(client, uri) == shared_audience::remaining::nobody)
        forget(uri);
}

void modern_watch::leave(shared_audience::who client) {
    for (const auto& uri : audience_.leave(client))
        forget(uri);
}

// What is told and not wanted is dropped: it is left out when another stream is opened anyway, or none is needed.
void modern_watch::forget(const std::string& uri) {
    bool none = false;
    {
        const std::lock_guard lock(mutex_);
        wanted_.uris.erase(uri);
        granted_.uris.erase(uri);
        none = wanted_.none();
    }
    if (none)
        changed_.notify_all();
}

void modern_watch::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    changed_.notify_all();
}

bool modern_watch::idle() const {
    const std::lock_guard lock(mutex_);
    return wanted_.none();
}

// ---- streams

vmcp::awaitable<void> modern_watch::run(std::shared_ptr<modern_watch> self) {
    const auto ex = worker::current().executor();
    stream_ptr current;
    bool gap = false;
    auto pause = first_pause;
    auto not_before = steady_clock::time_point::min();
    std::uint64_t failed_version = 0; // or ended
    const auto over = [&] {
        if (current)
            current->ending->cancel({});
    };
    for (;;) {
        auto ticket = self->changed_.take(ex);
        if (current && current->over) {
            gap = true;
            const auto now = steady_clock::now();
            pause = now - current->began < long_life ? std::min(pause * 2, longest_pause) : first_pause;
            not_before = now + spread(pause);
            failed_version = current->version;
            current.reset();
        }
        watched wanted;
        std::uint64_t version = 0;
        {
            const std::lock_guard lock(self->mutex_);
            if (self->stopped_ || self->wanted_.none()) {
                self->running_ = false;
                self->granted_ = {};
                over();
                co_return;
            }
            wanted = self->wanted_;
            version = self->version_;
            if (!current)
                self->granted_ = {};
        }
        if (current && current->version == version) {
            co_await ticket.wait();
            continue;
        }
        // What is wanted since the last failure, somebody waits for.
        if (version == failed_version && steady_clock::now() < not_before) {
            if (not_before == never)
                co_await ticket.wait();
            else
                co_await ticket.wait(not_before);
            continue;
        }
        const auto next = co_await self->open(version, std::move(wanted));
        if (!next->acknowledged || next->over) {
            next->ending->cancel({});
            failed_version = version;
            // Who has said no is asked again when something else is wanted, or its lists are read.
            not_before = next->refused ? never : steady_clock::now() + spread(pause);
            pause = std::min(pause * 2, longest_pause);
            self->failed(*next);
            continue;
        }
        over();
        current = next;
        self->took(*next);
        if (std::exchange(gap, false))
            self->after_gap();
    }
}

vmcp::awaitable<modern_watch::stream_ptr> modern_watch::open(std::uint64_t version, watched wanted) {
    const auto ex = worker::current().executor();
    const auto one = std::make_shared<stream>(ex, std::move(wanted), version);
    worker::current().spawn(listen(shared_from_this(), one), "listening to a backend");
    const auto until = steady_clock::now() + patience;
    for (;;) {
        auto ticket = changed_.take(ex);
        {
            const std::lock_guard lock(mutex_);
            if (stopped_)
                co_return one;
        }
        if (one->acknowledged || one->over)
            co_return one;
        if (!co_await ticket.wait(until)) {
            one->why =
                vmcp::fail(errc::backend_timeout, "it did not acknowledge subscriptions/listen in time");
            co_return one;
        }
    }
}

vmcp::awaitable<void> modern_watch::listen(std::shared_ptr<modern_watch> self, stream_ptr one) {
    const std::shared_ptr<void> at_end(nullptr, [&](void*) {
        one->over = true;
        self->changed_.notify_all();
    });
    auto permit = self->context_->guard->admit();
    if (!permit) {
        one->why = permit.error();
        co_return;
    }
    admitted_call admitted(*self->context_->guard, std::move(*permit));
    const auto text = vmcp::request_message("0", method, listen_params(one->wanted));
    const auto m = vmcp::read_message(text, backend_json_depth);
    const auto id = self->ids_->fetch_add(1) + 1;
    const auto raw_id = std::to_string(id);
    const modern_request body(*m, {.raw_id = raw_id});
    const auto fields = modern_fields(method);
    sink out(*self, *one, admitted);
    const stateless_request request{.body = &body.text(),
                                    .id = id,
                                    .method = method,
                                    .fields = &fields,
                                    .caller = self->caller_,
                                    .cancellation = one->ending.get(),
                                    .repeatable = true,
                                    .timeout = patience,
                                    .until = steady_clock::now() + patience,
                                    .endless = true,
                                    .met = &admitted.met()};
    const auto ended = co_await modern_call::run(*self->context_, request, out);
    if (!ended && !one->why)
        one->why = ended.error();
    if (one->acknowledged)
        co_return;
    admitted.ended(ended);
}

void modern_watch::took(const stream& one) {
    {
        const std::lock_guard lock(mutex_);
        settled_version_ = std::max(settled_version_, one.version);
        granted_ = one.granted;
        refusal_.reset();
    }
    changed_.notify_all();
}

void modern_watch::failed(const stream& one) {
    {
        const std::lock_guard lock(mutex_);
        settled_version_ = std::max(settled_version_, one.version);
        refusal_ = one.why.value_or(
            vmcp::fail(errc::backend_unavailable, "it ended subscriptions/listen without a word"));
        vmcp::log::debug("backend {}: {}", context_->name(), refusal_->message());
    }
    changed_.notify_all();
}

// ---- what comes on them

vmcp::awaitable<void> modern_watch::take(const vmcp::message& m, stream& on) {
    if (on.ending->cancelled())
        co_return;
    switch (kind_of(m)) {
    case backend_says::lists_changed:
        context_->guard->lists_changed();
        co_return;
    case backend_says::resource_updated:
        co_await send_update(std::string(m.params.raw));
        co_return;
    case backend_says::response:
    case backend_says::progress:
    case backend_says::question:
    case backend_says::withdrawal:
    case backend_says::log:
    case backend_says::notification:
        co_return; // nothing else belongs there
    }
}

vmcp::awaitable<void> modern_watch::send_update(std::string raw_params) {
    const auto uri =
        vmcp::unquoted(vmcp::json_member(raw_params, "uri", backend_json_depth).raw).value_or("");
    for (const auto& client : audience_.subscribers(uri)) {
        const auto way = client->stream();
        if (!way)
            continue;
        const auto exposed = context_->expose_uri ? context_->expose_uri(*client, uri) : uri;
        way->send(vmcp::notification_message("notifications/resources/updated",
                                             update_params(raw_params, exposed)));
        co_await way->room(worker::current().executor());
    }
}

void modern_watch::after_gap() {
    watched wanted;
    {
        const std::lock_guard lock(mutex_);
        wanted = wanted_;
    }
    if (wanted.tools || wanted.prompts || wanted.resources)
        context_->guard->lists_changed();
    for (const auto& uri : wanted.uris)
        for (const auto& client : audience_.subscribers(uri))
            if (const auto stream = client->stream())
                stream->send(vmcp::notification_message(
                    "notifications/resources/updated",
                    update_params("{}", context_->expose_uri ? context_->expose_uri(*client, uri) : uri)));
}

} // namespace transport
