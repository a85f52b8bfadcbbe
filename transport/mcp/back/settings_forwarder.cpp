#include "transport/mcp/back/settings_forwarder.hpp"

#include "transport/mcp/back/own_exchange.hpp"
#include "transport/mcp/back/own_request.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace transport {

using vmcp::steady_clock;

// ---- what is due

template <class Change>
void settings_forwarder::add(Change change) {
    if (session_.state.closed() || !session_.state.begun())
        return;
    {
        const std::lock_guard lock(mutex_);
        change(due_);
        if (!next_)
            next_ = std::make_shared<round>();
        pending_ = true;
        if (std::exchange(running_, true))
            return;
    }
    const auto whole = std::static_pointer_cast<session_core>(session_.shared_from_this());
    worker::current().spawn(run(whole), "telling a backend what its client set");
}

void settings_forwarder::level_set() {
    add([](due& due) { due.level = true; });
}

void settings_forwarder::roots_changed(std::string notification) {
    add([&](due& due) { due.roots = std::move(notification); });
}

void settings_forwarder::subscribe(std::string uri) {
    add([&](due& due) { due.uris.insert(std::move(uri)); });
}

vmcp::awaitable<void> settings_forwarder::settled(steady_clock::time_point until,
                                                  vmcp::cancellation* control) const {
    std::shared_ptr<round> last;
    {
        const std::lock_guard lock(mutex_);
        last = next_ ? next_ : current_;
    }
    if (last)
        co_await last->get(until, control);
}

// ---- round by round

// Nothing: there is nothing to do any more.
std::optional<settings_forwarder::due> settings_forwarder::next_round() {
    const std::lock_guard lock(mutex_);
    if (!next_) {
        running_ = false;
        pending_ = false;
        return std::nullopt;
    }
    current_ = std::exchange(next_, nullptr);
    return std::exchange(due_, {});
}

void settings_forwarder::end_round() {
    std::shared_ptr<round> over;
    {
        const std::lock_guard lock(mutex_);
        over.swap(current_);
    }
    if (over)
        over->set(true);
}

vmcp::awaitable<void> settings_forwarder::run(std::shared_ptr<session_core> whole) {
    while (auto round = next_round()) {
        const std::shared_ptr<void> at_end(nullptr, [this](void*) { end_round(); });
        try {
            co_await tell(whole, *std::move(round));
        } catch (...) {
            report("telling a backend what its client set")(std::current_exception());
        }
    }
}

vmcp::awaitable<void> settings_forwarder::tell(const std::shared_ptr<session_core>& whole, due due) {
    auto& state = whole->state;
    // While calls have all places it waits; those that come later go behind it all the same.
    constexpr std::chrono::minutes patience{1};
    const auto place = [&]() -> vmcp::awaitable<vmcp::result<call_limit::place>> {
        return whole->context->places->enter(steady_clock::now() + patience, nullptr,
                                             call_limit::use::errand);
    };
    const auto send = [&](std::string_view method, std::string params) -> vmcp::awaitable<void> {
        const auto held = co_await place();
        if (!held)
            co_return;
        const auto answer = co_await exchange_own(whole, method, std::move(params), {.timeout = most});
        if (!answer)
            vmcp::log::debug("backend {}: {}", whole->context->name(), answer.error().message());
    };
    auto in = state.ready();
    const bool had_to_wait = !in;
    if (had_to_wait) {
        auto made = co_await state.settled(steady_clock::now() + most);
        if (!made)
            co_return;
        in = std::move(*made);
    }
    const auto level = whole->settings.level();
    // A handshake that was under way may have told it.
    if (due.level && level != vmcp::log_level::unset && in->offers("logging") &&
        !(had_to_wait && whole->settings.replayed_level() == level))
        co_await send("logging/setLevel", level_params(level));
    if (due.roots && !state.closed()) {
        const auto held = co_await place();
        if (!held)
            co_return;
        if (const auto sent = co_await whole->messages.post(*std::move(due.roots), *in); !sent)
            vmcp::log::debug("backend {}: {}", whole->context->name(), sent.error().message());
    }
    for (const auto& uri : due.uris)
        if (!state.closed())
            co_await send("resources/subscribe", fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
}

} // namespace transport
