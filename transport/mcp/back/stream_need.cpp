#include "transport/mcp/back/stream_need.hpp"

#include <utility>

namespace transport {

bool stream_need::is_there_between_calls() const {
    if (always_ || settings_.subscription_count() > 0)
        return true;
    if (!as_.of_one_client)
        return audience_.listens();
    const auto client = as_.client();
    const auto stream = client ? client->stream() : nullptr;
    return stream && stream->listening();
}

bool stream_watch::wanted() {
    if (wanted_.exchange(true))
        return false;
    ++*context_.unneeded_streams;
    return true;
}

void stream_watch::begin(std::function<void()> look) {
    const bool many = context_.unneeded_streams->load() > most_unneeded;
    if (!alarm_) {
        alarm_ = std::make_unique<alarm>([this, look = std::move(look)] {
            settle();
            look();
        });
        home_.sweeper().add(*alarm_);
    }
    home_.sweeper().due_in(*alarm_, many ? std::chrono::milliseconds(0) : context_.stream_grace);
}

void stream_watch::end() {
    alarm_.reset();
    settle();
}

void stream_watch::settle() {
    if (wanted_.exchange(false))
        --*context_.unneeded_streams;
}

} // namespace transport
