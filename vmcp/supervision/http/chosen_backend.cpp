#include "vmcp/supervision/http/chosen_backend.hpp"

#include "transport/mcp/back/awaited.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/service/result_sinks.hpp"

#include <utility>

namespace vmcp {

using transport::call_facts;

namespace {

bool same(const chosen_backend::way& a, const chosen_backend::way& b) noexcept {
    return a.legacy == b.legacy && a.modern == b.modern;
}

} // namespace

// Keeps an error that speaks for the other era, so that it can be decided whether it is the client's to read.
class chosen_backend::doubting_sink final : public forwarding_sink {
public:
    explicit doubting_sink(reply_sink& to) : forwarding_sink(to) {}

    awaitable<void> done(const reply& answer) override {
        if (answer.kind != answer_kind::error || said)
            return to_.done(answer);
        how = doubt_of_legacy_error(answer.body);
        return how == era_doubt::none ? to_.done(answer) : keep(answer);
    }

    era_doubt how = era_doubt::none;
    std::optional<kept_reply> said{};

private:
    awaitable<void> keep(const reply& answer) {
        said.emplace(answer);
        co_return;
    }
};

chosen_backend::chosen_backend(std::shared_ptr<const transport::backend_context> context)
    : context_(std::move(context))
    , choice_(context_->connections->config().era)
    , current_(way_of(choice_.speaks())) {
}

chosen_backend::way chosen_backend::way_of(health::era speaks) const {
    way out;
    if (speaks == health::era::modern)
        out.modern = std::make_shared<transport::modern_backend>(context_, session_key());
    else
        out.legacy = std::make_shared<transport::http_backend>(context_, session_key());
    if (adjusted_ && out.modern)
        out.modern->adjust(*adjusted_);
    else if (adjusted_)
        out.legacy->adjust(*adjusted_);
    return out;
}

chosen_backend::way chosen_backend::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

bool chosen_backend::offers_resources() const noexcept {
    const auto by = current();
    return by.modern ? by.modern->offers_resources() : by.legacy->offers_resources();
}

std::shared_ptr<backend_session> chosen_backend::session_for(const std::shared_ptr<client_session>& client) {
    const auto by = current();
    return by.modern ? by.modern->session_for(client) : by.legacy->session_for(client);
}

// ---- calls

awaitable<result<void>> chosen_backend::exchange(const outgoing& request, reply_sink& out) {
    auto by = current();
    // What is not to be found out costs nothing.
    if (!choice_.open())
        return by.modern ? by.modern->exchange(request, out) : by.legacy->exchange(request, out);
    const auto& method = request.what->request().method;
    if (method == "resources/subscribe" || method == "resources/unsubscribe")
        return exchange_subscription(shared_from_this(), request, out);
    if (by.modern)
        return exchange_modern(shared_from_this(), std::move(by), request, out);
    return exchange_legacy(shared_from_this(), std::move(by), request, out);
}

awaitable<result<void>> chosen_backend::exchange_subscription(self_ptr self, const outgoing& request,
                                                              reply_sink& out) {
    holding_sink answer(out);
    auto by = self->current();
    const auto done = by.modern ? co_await exchange_modern(self, std::move(by), request, answer)
                                : co_await exchange_legacy(self, std::move(by), request, answer);
    if (!done)
        co_return done;
    if (answer.held().kind != answer_kind::error)
        self->subscriptions_->took(request);
    co_await out.done(answer.held());
    co_return done;
}

awaitable<result<void>> chosen_backend::exchange_legacy(self_ptr self, way by, const outgoing& request,
                                                        reply_sink& out) {
    doubting_sink watched(out);
    call_facts met;
    auto done = co_await by.legacy->exchange(request, watched, &met);
    auto how = watched.how;
    if (!done)
        how = doubt_of_legacy_failure(done.error().code, met.method == "initialize", met.status,
                                      met.body + met.words);
    if (how != era_doubt::none && co_await self->is_another(by, how, request)) {
        if (const auto now = self->current(); now.modern)
            co_return co_await now.modern->exchange(request, out);
    }
    if (!watched.said)
        co_return done;
    co_await out.done(watched.said->view());
    co_return result<void>();
}

awaitable<result<void>> chosen_backend::exchange_modern(self_ptr self, way by, const outgoing& request,
                                                        reply_sink& out) {
    transport::modern_backend::doubt of;
    auto done = co_await by.modern->exchange_or_doubt(request, out, of);
    if (!of.raised)
        co_return done;
    if (co_await self->is_another(by, era_doubt::strong, request))
        if (const auto now = self->current(); now.legacy)
            co_return co_await now.legacy->exchange(request, out);
    if (!of.said)
        co_return done;
    co_await out.done(of.said->view());
    co_return result<void>();
}

// ---- what it speaks

awaitable<bool> chosen_backend::is_another(const way& by, era_doubt how, const outgoing& request) {
    std::shared_ptr<transport::awaited<bool>> coming;
    bool begins = false;
    {
        const std::lock_guard lock(mutex_);
        if (!same(by, current_))
            co_return true; // found out meanwhile
        if (!learning_) {
            if (!learn_ || retired_ || !choice_.may_ask(how, steady_clock::now()))
                co_return false;
            learning_ = std::make_shared<transport::awaited<bool>>();
            begins = true;
        }
        coming = learning_;
    }
    if (begins) // outside of the lock: it runs at once
        transport::worker::current().spawn(learn(shared_from_this(), coming),
                                           "finding out what a backend speaks");
    constexpr std::chrono::milliseconds patience{5'000};
    const auto until = std::min(request.what->terms().deadline, steady_clock::now() + patience);
    const auto changed = co_await coming->get(until, request.what.get());
    co_return changed.value_or(false);
}

awaitable<void> chosen_backend::learn(std::shared_ptr<chosen_backend> self,
                                      std::shared_ptr<transport::awaited<bool>> to) {
    const auto before = self->current();
    const std::shared_ptr<void> at_end(nullptr, [&](void*) {
        bool changed = false;
        {
            const std::lock_guard lock(self->mutex_);
            changed = !same(before, self->current_);
            self->choice_.asked(changed, steady_clock::now());
            self->learning_.reset();
        }
        to->set(changed);
        if (changed)
            self->found_();
    });
    self->learned(co_await self->learn_());
}

void chosen_backend::learned(health::era proved) {
    way former;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = choice_.speaks() == health::era::unknown;
        if (retired_ || !choice_.learned(proved))
            return;
        // Before anything was known, calls would have gone in sessions.
        if (first && proved == health::era::legacy)
            return;
        former = std::exchange(current_, way_of(proved));
    }
    log::info("backend {}: it speaks {}", name(),
              proved == health::era::modern ? stateless_version
                                            : std::string_view("a revision with sessions"));
    if (former.modern)
        former.modern->retire();
    if (former.legacy)
        former.legacy->retire();
    if (first)
        return;
    context_->guard->lists_changed();
    if (subscriptions_->clients() > 0)
        transport::worker::current().spawn(
            carried_subscriptions::subscribe_again(subscriptions_, shared_from_this(), context_->expose_uri),
            "subscribing again at a backend that speaks another revision");
}

void chosen_backend::adjust(const backend_config& to) {
    way by;
    {
        const std::lock_guard lock(mutex_);
        adjusted_ = to;
        by = current_;
    }
    if (by.modern)
        by.modern->adjust(to);
    else
        by.legacy->adjust(to);
}

void chosen_backend::retire() {
    way last;
    {
        const std::lock_guard lock(mutex_);
        retired_ = true;
        last = current_;
    }
    if (last.modern)
        last.modern->retire();
    if (last.legacy)
        last.legacy->retire();
}

} // namespace vmcp
