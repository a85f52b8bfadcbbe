#include "transport/redis/redis_subscriber.hpp"

#include "transport/redis/redis_dial.hpp"
#include "vmcp/base/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace transport {

using vmcp::steady_clock;

namespace {

constexpr std::chrono::seconds between_pings{5};
constexpr std::chrono::seconds silence{
    15}; // longer than that the peer is taken for gone: each PING has an answer

} // namespace

void redis_subscriber::start(worker& home, listener to) {
    home.post([self = shared_from_this(), &home, to = std::move(to)]() mutable {
        self->to_ = std::move(to);
        home.spawn(live(self, home), "the subscription to Redis");
        home.spawn(beat(self, home), "the beat of the subscription to Redis");
    });
}

void redis_subscriber::stop() {
    stopped_ = true;
    to_ = {};
    if (pause_ != nullptr)
        pause_->cancel();
    if (beat_ != nullptr)
        beat_->cancel();
    if (line_)
        line_->stream().close();
}

vmcp::awaitable<void> redis_subscriber::live(std::shared_ptr<redis_subscriber> self, worker& home) {
    guarded_pause pause(home);
    self->pause_ = &pause;
    while (!self->stopped_ && !pause.was_cut()) {
        auto opened = co_await dial_redis(home, self->settings_);
        if (self->stopped_)
            break;
        if (opened) // that it cannot be made is said for the other connection
            co_await self->serve(std::move(*opened));
        if (!self->stopped_)
            co_await pause.until(steady_clock::now() +
                                 self->pace_.next(static_cast<std::uint32_t>(self->dice_())));
    }
    self->pause_ = nullptr;
}

vmcp::awaitable<void> redis_subscriber::serve(std::shared_ptr<connection> line) {
    line_ = line;
    confirmed_ = 0;
    redis_command command{"SUBSCRIBE"};
    command.insert(command.end(), channels_.begin(), channels_.end());
    std::string text;
    append_command(text, command);
    line->expires_in(silence);
    bool good = co_await write(line, std::move(text));
    resp_decoder in;
    std::string piece(16 * 1024, '\0');
    while (good && !stopped_) {
        error_code ec;
        const auto got = co_await line->stream().async_read_some(
            asio::buffer(piece), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            break;
        line->expires_in(silence);
        in.feed(std::string_view(piece).substr(0, got));
        for (;;) {
            const auto pushed = in.next();
            good = pushed && (!*pushed || take(**pushed));
            if (!good || !*pushed)
                break;
        }
    }
    up_ = false;
    line->stream().close();
    line_.reset();
}

vmcp::awaitable<bool> redis_subscriber::write(std::shared_ptr<connection> line, std::string text) {
    error_code ec;
    writing_ = true;
    co_await asio::async_write(line->stream(), asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, ec));
    writing_ = false;
    co_return !ec;
}

bool redis_subscriber::take(const resp_value& pushed) {
    if (stopped_ || pushed.is_error())
        return false;
    const auto& parts = pushed.items;
    if (parts.size() == 3 && parts[0].text == "message") {
        to_.message(parts[1].text, parts[2].text);
    } else if (parts.size() == 3 && parts[0].text == "subscribe" && ++confirmed_ == channels_.size()) {
        up_ = true;
        pace_.connected();
        to_.subscribed();
    }
    return true; // anything else answers a PING
}

vmcp::awaitable<void> redis_subscriber::beat(std::shared_ptr<redis_subscriber> self, worker& home) {
    guarded_pause pause(home);
    self->beat_ = &pause;
    while (!self->stopped_ && co_await pause.until(steady_clock::now() + between_pings)) {
        const auto line = self->line_;
        if (!line || self->writing_)
            continue;
        std::string text;
        const redis_command ping{"PING"};
        append_command(text, ping);
        if (!co_await self->write(line, std::move(text)))
            line->stream().close(); // its reader says so
    }
    self->beat_ = nullptr;
}

} // namespace transport
