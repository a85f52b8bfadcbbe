#include "vmcp/session/client_question.hpp"

#include "vmcp/base/gather.hpp"

#include <algorithm>
#include <charconv>

namespace vmcp {

awaitable<result<std::string>> client_question::answer(steady_clock::time_point until) {
    const auto ex = co_await boost::asio::this_coro::executor;
    for (;;) {
        const auto now = steady_clock::now();
        const auto away = away_since_();
        const auto gives_up = away.value_or(now) + patience_; // a client that is there may leave at once
        if (away && gives_up <= now)
            break;
        if (auto given = co_await answer_.get(ex, std::min(until, gives_up)))
            co_return std::move(*given);
        if (steady_clock::now() >= until) {
            cancel("\"timeout\"");
            co_return fail(errc::client_gone, "the client did not answer in time");
        }
    }
    cancel("\"the client is away\"");
    co_return fail(errc::client_gone, "the client was away for too long");
}

awaitable<void> client_question::room() {
    co_await way_->room(co_await boost::asio::this_coro::executor);
}

void client_question::cancel(std::string_view reason) {
    if (answer_.peek())
        return;
    forget_();
    way_->withdraw(id_, reason);
    answer_.set(fail(errc::cancelled));
}

void client_question::on_progress(std::function<void(std::string)> to) {
    const std::lock_guard lock(mutex_);
    progress_ = std::move(to);
}

void client_question::progressed(const message& progress) {
    if (token_.empty())
        return;
    splice text(progress.whole);
    text.replace(progress.param.progress_token.raw, token_);
    leave_out(text, progress.surplus);
    const std::lock_guard lock(mutex_);
    if (progress_)
        progress_(text.pieces().str());
}

std::shared_ptr<client_question> open_questions::find(std::string_view raw_id) const {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(raw_id.begin(), raw_id.end(), id);
    if (error != std::errc{} || end != raw_id.end())
        return nullptr;
    const auto it = open_.find(id);
    return it == open_.end() ? nullptr : it->second.lock();
}

std::vector<std::shared_ptr<client_question>> open_questions::all() const {
    std::vector<std::shared_ptr<client_question>> out;
    for (const auto& [id, weak] : open_)
        if (auto open = weak.lock())
            out.push_back(std::move(open));
    return out;
}

} // namespace vmcp
