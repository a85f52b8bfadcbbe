#include "transport/mcp/front/session_streams.hpp"

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::steady_clock;

session_streams::session_streams(event_log::limits limits, stream_shelf* shelf, std::uint64_t first)
    : limits_(limits)
    , shelf_(shelf)
    , first_(std::make_shared<client_stream>(first, limits, memory()))
    , next_(first + 1) {
}

std::shared_ptr<client_stream> session_streams::newest_listening() const {
    const auto it = std::find_if(general_.rbegin(), general_.rend(),
                                 [](const auto& stream) { return stream->listening(); });
    return it != general_.rend() ? *it : nullptr;
}

std::shared_ptr<client_stream> session_streams::chosen() const {
    const std::lock_guard lock(mutex_);
    auto open = newest_listening();
    return open ? open : waiting_;
}

bool session_streams::listening() const {
    return chosen()->listening();
}

std::optional<steady_clock::time_point> session_streams::away_since() const {
    const std::lock_guard lock(mutex_);
    auto last = general_.front()->away_since();
    const auto look = [&last](const auto& streams) {
        for (const auto& one : streams) {
            const auto since = one->away_since();
            last = last && since ? std::optional(std::max(*last, *since)) : std::nullopt;
        }
    };
    look(general_);
    look(calls_);
    return last;
}

std::shared_ptr<client_stream> session_streams::open_general() {
    std::shared_ptr<client_stream> surplus;
    const std::lock_guard lock(mutex_);
    if (!newest_listening())
        return waiting_;
    if (!first_->listening())
        return first_;
    const auto may_go = [this](const auto& s) { return s != first_; };
    std::erase_if(general_, [&](const auto& s) { return may_go(s) && !s->listening() && s->done_since(); });
    if (general_.size() > max_more) {
        const auto longest_open = std::ranges::find_if(general_, may_go);
        surplus = *longest_open;
        general_.erase(longest_open);
        surplus->finish();
    }
    general_.push_back(std::make_shared<client_stream>(next_++, limits_, memory()));
    return general_.back();
}

bool session_streams::is_general(const client_stream& stream) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(general_, [&](const auto& s) { return s.get() == &stream; });
}

void session_streams::attached(const std::shared_ptr<client_stream>& general) {
    std::shared_ptr<client_stream> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting = std::exchange(waiting_, general);
        if (const auto it = std::ranges::find(general_, general); it != general_.end())
            std::rotate(it, it + 1, general_.end());
    }
    if (waiting != general)
        for (auto& message : waiting->take_unread())
            general->send(std::move(message));
}

void session_streams::left(const std::shared_ptr<client_stream>& general) {
    std::shared_ptr<client_stream> next;
    {
        const std::lock_guard lock(mutex_);
        next = newest_listening();
        if (!next) // nobody can come back for a stream that is over
            next = general->done_since() ? first_ : general;
        waiting_ = next;
    }
    if (next != general)
        for (auto& message : general->take_unread())
            next->send(std::move(message));
}

void session_streams::close() {
    std::vector<std::shared_ptr<client_stream>> all;
    {
        const std::lock_guard lock(mutex_);
        all = std::exchange(general_, {first_});
        all.insert(all.end(), calls_.begin(), calls_.end());
        calls_.clear();
    }
    for (const auto& stream : all)
        stream->finish();
}

std::shared_ptr<client_stream> session_streams::open() {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    std::erase_if(calls_, [&](const auto& s) {
        return s->done_since() && now - *s->done_since() > stream_shelf::kept;
    });
    // Beyond the number, those that finished go first come first, wherever they stand among calls that run.
    std::size_t surplus = calls_.size() < max_streams ? 0 : calls_.size() - max_streams + 1;
    std::erase_if(calls_, [&](const auto& s) {
        const bool goes = surplus > 0 && s->done_since();
        surplus -= goes ? 1 : 0;
        return goes;
    });
    calls_.push_back(
        std::make_shared<client_stream>(next_++, limits_, memory(), client_stream::purpose::call));
    return calls_.back();
}

void session_streams::finished(const std::shared_ptr<client_stream>& of_call) {
    of_call->finish();
    if (shelf_ != nullptr)
        shelf_->put(shared_from_this(), of_call, steady_clock::now());
}

void session_streams::forget(const std::shared_ptr<client_stream>& of_call) {
    const std::lock_guard lock(mutex_);
    std::erase(calls_, of_call);
}

std::shared_ptr<client_stream> session_streams::find(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    if (const auto it = std::ranges::find(general_, number, &client_stream::number); it != general_.end())
        return *it;
    const auto it = std::ranges::find(calls_, number, &client_stream::number);
    return it == calls_.end() ? nullptr : *it;
}

std::shared_ptr<session_streams> streams_of(vmcp::live_session& session, event_log::limits limits,
                                            stream_shelf* shelf) {
    const auto make = [&] {
        return std::make_shared<session_streams>(limits, shelf, session.ids().first_stream());
    };
    auto made = session.stream();
    if (!made)
        made = session.set_stream(make());
    // Closed meanwhile: streams that nobody reads.
    if (!made)
        made = make();
    return std::static_pointer_cast<session_streams>(made);
}

} // namespace transport
