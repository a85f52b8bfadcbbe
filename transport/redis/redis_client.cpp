#include "transport/redis/redis_client.hpp"

#include "transport/redis/redis_dial.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::steady_clock;

namespace {

constexpr std::chrono::milliseconds between_beats{500};
constexpr std::chrono::seconds quiet{15}; // then a PING finds out whether the peer is still there

vmcp::failure stopped() {
    return fail(errc::io, "the connection to Redis is closed: this gateway is ending");
}

vmcp::result<resp_value> as_result(resp_value reply) {
    if (reply.is_error())
        return fail(errc::io, fmt::format("Redis says: {}", vmcp::excerpt_of(reply.text, {}, 200)));
    return reply;
}

// The server is no master any more, or not yet one that serves.
bool is_wrong_server(const resp_value& reply) {
    return reply.is_error("READONLY") || reply.is_error("MASTERDOWN") || reply.is_error("LOADING");
}

} // namespace

void redis_client::start(worker& home, std::function<void()> connected) {
    home_.store(&home);
    home.post([self = shared_from_this(), &home, connected = std::move(connected)]() mutable {
        self->connected_ = std::move(connected);
        home.spawn(live(self), "the connection to Redis");
        home.spawn(beat(self), "the beat of the connection to Redis");
    });
}

void redis_client::stop() {
    phase_ = phase::stopped;
    connected_ = nullptr;
    if (pause_ != nullptr)
        pause_->cancel();
    if (beat_ != nullptr)
        beat_->cancel();
    if (line_)
        line_->stream().close();
    pipeline_.fail_all(stopped());
}

// ---- commands ----

vmcp::awaitable<vmcp::result<resp_value>> redis_client::run(redis_command command) {
    auto* const home = home_.load();
    if (home == nullptr)
        co_return fail(errc::io, "the connection to Redis is not begun yet");
    const auto began = steady_clock::now();
    const auto until = began + settings_.timeout;
    const auto reply = std::make_shared<vmcp::promised<vmcp::result<resp_value>>>();
    ++counters_.commands;
    home->post([self = shared_from_this(), command = std::move(command), reply, until] {
        self->enqueue(command, [reply](auto came) { reply->set(std::move(came)); }, until);
    });
    auto came = co_await reply->get(co_await asio::this_coro::executor, until);
    latency_.record(0, steady_clock::now() - began);
    if (!came || !*came)
        ++counters_.errors;
    if (!came)
        co_return fail(errc::io, fmt::format("Redis did not answer within {} ms", settings_.timeout.count()));
    co_return std::move(*came);
}

void redis_client::send(redis_command command) {
    auto* const home = home_.load();
    if (home == nullptr)
        return;
    ++counters_.commands;
    home->post([self = shared_from_this(), command = std::move(command),
                until = steady_clock::now() + settings_.timeout] {
        self->enqueue(
            command,
            [self](const auto& came) {
                if (!came)
                    ++self->counters_.errors;
            },
            until);
    });
}

void redis_client::enqueue(const redis_command& command, redis_pipeline::reply_fn reply,
                           steady_clock::time_point until) {
    if (phase_ == phase::stopped)
        return reply(stopped());
    if (phase_ == phase::away)
        return reply(fail(errc::io, trouble_));
    auto for_refusal = reply;
    if (!pipeline_.add(command, std::move(reply), until))
        return for_refusal(fail(errc::io, "too many commands wait for Redis"));
    begin_writing();
}

void redis_client::begin_writing() {
    if (writing_ || !line_ || phase_ != phase::ready)
        return;
    writing_ = true;
    home_.load()->spawn(write(shared_from_this(), line_), "writing to Redis");
}

vmcp::awaitable<void> redis_client::write(std::shared_ptr<redis_client> self,
                                          std::shared_ptr<connection> line) {
    while (self->line_ == line) {
        const auto text = self->pipeline_.take_unsent(steady_clock::now());
        if (text.empty())
            break;
        line->expires_in(self->settings_.timeout);
        error_code ec;
        co_await asio::async_write(line->stream(), asio::buffer(text),
                                   asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            line->stream().close(); // its reader says so
    }
    if (self->line_ == line)
        self->writing_ = false;
}

// ---- the connection ----

vmcp::awaitable<void> redis_client::live(std::shared_ptr<redis_client> self) {
    auto& home = *self->home_.load();
    guarded_pause pause(home);
    self->pause_ = &pause;
    while (self->phase_ != phase::stopped && !pause.was_cut()) {
        auto opened = co_await dial_redis(home, self->settings_);
        if (self->phase_ == phase::stopped)
            break;
        if (opened) {
            const std::shared_ptr<connection> line = std::move(*opened);
            co_await self->read(line);
        } else {
            self->failed(opened.error());
        }
        if (self->phase_ != phase::stopped)
            co_await pause.until(steady_clock::now() +
                                 self->pace_.next(static_cast<std::uint32_t>(self->dice_())));
    }
    self->pause_ = nullptr;
}

void redis_client::failed(const vmcp::failure& why) {
    if (phase_ != phase::away)
        vmcp::log::warn("sessionStorage: Redis cannot be reached: {}", why.detail);
    phase_ = phase::away;
    trouble_ = why.detail;
    pipeline_.fail_all(why);
}

vmcp::awaitable<void> redis_client::read(std::shared_ptr<connection> line) {
    if (phase_ == phase::away)
        vmcp::log::info("sessionStorage: Redis at {} is reached again", line->address);
    line_ = line;
    phase_ = phase::ready;
    writing_ = false;
    heard_ = steady_clock::now();
    up_ = true;
    ++counters_.connects;
    if (connected_)
        connected_();
    begin_writing();
    resp_decoder in;
    std::string piece(16 * 1024, '\0');
    std::string why;
    while (why.empty()) {
        error_code ec;
        const auto got = co_await line->stream().async_read_some(
            asio::buffer(piece), asio::redirect_error(asio::use_awaitable, ec));
        if (ec) {
            why = line->timed_out()
                      ? fmt::format("{} does not answer", line->address)
                      : fmt::format("{} closed the connection: {}", line->address, ec.message());
            break;
        }
        heard_ = steady_clock::now();
        in.feed(std::string_view(piece).substr(0, got));
        for (;;) {
            auto reply = in.next();
            if (!reply)
                why = fmt::format("{}: {}", line->address, reply.error().detail);
            else if (*reply && !take(std::move(**reply)))
                why = fmt::format("{} is not the server to speak to", line->address);
            if (!reply || !*reply || !why.empty())
                break;
        }
        if (pipeline_.under_way() == 0)
            line->expires_never();
        else
            line->expires_in(settings_.timeout);
    }
    line->stream().close();
    line_.reset();
    up_ = false;
    lost(why);
}

// False: the connection is of no use any more.
bool redis_client::take(resp_value reply) {
    const bool wrong = is_wrong_server(reply);
    if (!wrong)
        pace_.connected();
    return pipeline_.answered(as_result(std::move(reply))) && !wrong;
}

void redis_client::lost(std::string_view why) {
    if (phase_ == phase::stopped)
        return;
    vmcp::log::warn("sessionStorage: the connection to Redis is lost: {}", why);
    phase_ = phase::connecting;
    pipeline_.fail_sent(fail(errc::io, std::string(why)));
}

vmcp::awaitable<void> redis_client::beat(std::shared_ptr<redis_client> self) {
    guarded_pause pause(*self->home_.load());
    self->beat_ = &pause;
    while (self->phase_ != phase::stopped && co_await pause.until(steady_clock::now() + between_beats)) {
        const auto now = steady_clock::now();
        self->pipeline_.expire(now);
        if (self->phase_ == phase::ready && self->pipeline_.size() == 0 && now - self->heard_ > quiet)
            self->enqueue({"PING"}, [](const auto&) {}, now + self->settings_.timeout);
    }
    self->beat_ = nullptr;
}

} // namespace transport
