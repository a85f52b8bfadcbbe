#include "vmcp/cluster/event_sender.hpp"

#include <utility>

namespace vmcp {
namespace {

constexpr std::chrono::milliseconds patience{3'000};
constexpr std::chrono::minutes silence{10};

} // namespace

event_sender::event_sender(control_thread home, std::shared_ptr<kube::kube_client> client, event_book book)
    : home_(std::move(home))
    , client_(std::move(client))
    , book_(std::move(book))
    , control_(std::make_shared<cancellation>(home_.executor)) {
}

void event_sender::tell(const std::vector<status_change>& changes, const stored_server& about) {
    const auto now = home_.now();
    if (stopped_ || (silent_until_ && now.at < *silent_until_))
        return;
    for (const auto& change : changes)
        if (waiting_.size() < most_waiting)
            if (auto request = book_.note(change, about, now))
                waiting_.push_back({*std::move(request), event_book::folder_of(about)});
    if (waiting_.empty() || std::exchange(busy_, true))
        return;
    home_.spawn([](std::shared_ptr<event_sender> self) -> awaitable<void> { co_await self->run(); }(
                                                           shared_from_this()),
                "sending events");
}

awaitable<void> event_sender::run() {
    while (!waiting_.empty() && !stopped_) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        co_await send(std::move(next));
    }
    busy_ = false;
}

awaitable<void> event_sender::send(letter one) {
    constexpr unsigned forbidden = 403;
    const auto& [creates, name, body] = one.request;
    const auto answer =
        co_await client_->ask({.method = creates ? "POST" : "PATCH",
                               .target = creates ? one.folder : one.folder + "/" + name,
                               .body = body,
                               .content_type = creates ? kube::json_type : kube::merge_patch_type,
                               .limit = patience,
                               .control = control_.get()});
    if (stopped_)
        co_return;
    const auto now = home_.now().at;
    if (answer.ok())
        co_return outage_.over(now);
    book_.forget(name);
    outage_.began(now, kube::explain(answer));
    if (answer.status == forbidden) {
        silent_until_ = now + silence;
        waiting_.clear();
    }
}

void event_sender::stop() {
    stopped_ = true;
    waiting_.clear();
    control_->cancel("");
}

} // namespace vmcp
