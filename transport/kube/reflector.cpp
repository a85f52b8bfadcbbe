#include "transport/kube/reflector.hpp"

#include "transport/kube/watch_lines.hpp"
#include "transport/net/guarded_pause.hpp"
#include "vmcp/base/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace kube {

using vmcp::awaitable;
using vmcp::steady_clock;

namespace {

std::string title_of(const reflector_settings& settings) {
    const auto resource = settings.collection.substr(settings.collection.rfind('/') + 1);
    return settings.name.empty() ? resource : fmt::format("{} {}", resource, settings.name);
}

} // namespace

reflector::reflector(transport::worker& home, std::shared_ptr<kube_client> client,
                     reflector_settings settings, vmcp::byte_budget& room, std::function<void()> told)
    : home_(home)
    , client_(std::move(client))
    , title_(title_of(settings))
    , store_(room, settings.most_kept)
    , lines_(settings.lines)
    , machine_(std::move(settings), store_)
    , told_(std::move(told))
    , stopped_(std::make_shared<vmcp::cancellation>(home.executor())) {
}

void reflector::start() {
    home_.spawn(
        [](std::shared_ptr<reflector> self) -> awaitable<void> { co_await self->run(); }(shared_from_this()),
        "a list of the cluster");
}

void reflector::stop() {
    over_ = true;
    stopped_->cancel({});
}

awaitable<void> reflector::run() {
    while (!over_) {
        auto action = machine_.next(steady_clock::now());
        switch (action.type) {
        case reflector_action::kind::list:
            co_await list(std::move(action));
            break;
        case reflector_action::kind::watch:
            co_await watch(std::move(action));
            break;
        case reflector_action::kind::pause:
            co_await pause(action.until);
            break;
        }
    }
}

awaitable<void> reflector::list(reflector_action action) {
    constexpr std::chrono::seconds patience{30};
    const auto answer = co_await client_->ask({.target = std::move(action.target),
                                               .limit = patience,
                                               .most = reflector_machine::most_per_page,
                                               .control = stopped_.get()});
    if (!over_)
        tell(machine_.listed(answer, steady_clock::now()));
}

awaitable<void> reflector::watch(reflector_action action) {
    watch_lines lines;
    bool given_up = false;
    const auto line = [&](std::string_view text) {
        tell(machine_.event(text, steady_clock::now()));
        given_up = machine_.gives_up_watch();
        return !given_up && !over_;
    };
    const auto piece = [&](std::string_view bytes) {
        if (bytes.empty())
            tell(machine_.watching(steady_clock::now()));
        const auto end = lines.feed(bytes, line);
        if (end == watch_lines::end::overlong) {
            given_up = true;
            tell(machine_.line_too_long(steady_clock::now()));
        }
        return end == watch_lines::end::more && !over_;
    };
    const auto answer = co_await client_->stream(
        {.target = std::move(action.target), .control = stopped_.get()}, action.idle, piece);
    if (!over_ && !given_up)
        tell(machine_.watch_ended(answer, steady_clock::now()));
}

awaitable<void> reflector::pause(time_point until) {
    transport::guarded_pause pause(home_);
    const vmcp::cancellation::scope cancellable(stopped_.get(), [&pause] { pause.cancel(); });
    if (!over_)
        co_await pause.until(until);
    over_ = over_ || pause.was_cut(); // the worker is about to end
}

void reflector::tell(bool changed) {
    const auto& now = machine_.state();
    const auto line = lines_.next(now.problem, steady_clock::now());
    if (line == trouble_lines::line::trouble)
        vmcp::log::warn("cluster: {}: {}{}", title_, now.problem,
                        now.listed ? "; what is known of them is used on" : "");
    else if (line == trouble_lines::line::over)
        vmcp::log::info("cluster: {}: the API server answers again", title_);
    const bool other_state =
        now.problem != shown_.problem || now.listed != shown_.listed || now.refused != shown_.refused;
    shown_ = now;
    if ((changed || other_state) && told_)
        told_();
}

} // namespace kube
