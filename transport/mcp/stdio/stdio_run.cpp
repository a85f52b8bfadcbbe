#include "transport/mcp/stdio/stdio_run.hpp"

#include "transport/mcp/stdio/overlong_answer.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

namespace transport {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

constexpr std::size_t longest_error_line = 4096;
constexpr std::size_t piece_size = std::size_t{64} << 10;

// Valid JSON holds line ends between its tokens only, where a blank means the same.
void make_one_line(std::string& message) {
    std::ranges::replace(message, '\n', ' ');
    std::ranges::replace(message, '\r', ' ');
    message.push_back('\n');
}

} // namespace

stdio_run::stdio_run(worker& home, std::shared_ptr<const stdio_program> program, process_places::place place,
                     ear to, std::unique_ptr<child_process> child)
    : home_(home)
    , program_(std::move(program))
    , place_(std::move(place))
    , ear_(std::move(to))
    , waiting_memory_(home.memory(), vmcp::memory_class::requests)
    , child_(std::move(child))
    , error_lines_(longest_error_line)
    , line_memory_(home.memory(), vmcp::memory_class::answers)
    , wake_writer_(home.context())
    , stalled_(home.context()) {
}

vmcp::result<std::shared_ptr<stdio_run>> stdio_run::start(worker& home,
                                                          std::shared_ptr<const stdio_program> program,
                                                          process_places::place place, ear to) {
    const auto path = find_program(program->spec);
    if (!path)
        return path.error();
    auto child = child_process::start(home.context(), *path, program->spec);
    if (!child)
        return child.error();
    vmcp::log::info("backend {}: '{}' was started as process {}", program->name, *path, (*child)->id());
    auto made = std::make_shared<stdio_run>(home, std::move(program), std::move(place), std::move(to),
                                            *std::move(child));
    made->begin();
    return made;
}

void stdio_run::begin() {
    const auto self = shared_from_this();
    home_.spawn(write_input(self), "writing to a program");
    home_.spawn(read_output(self), "reading from a program");
    home_.spawn(read_errors(self), "reading what a program reports");
    home_.spawn(keep_within_limits(self), "the limits of a program");
    home_.spawn(wait_for_end(self), "the end of a program");
}

// ---- to the program

std::optional<vmcp::failure> stdio_run::over() const {
    const std::lock_guard lock(mutex_);
    return over_;
}

bool stdio_run::has_room(std::size_t bytes) {
    if (waiting_.empty()) {
        waiting_memory_.cover_anyway(bytes);
        return true;
    }
    return waiting_bytes_ + bytes <= most_waiting && waiting_memory_.try_cover(waiting_bytes_ + bytes);
}

vmcp::awaitable<vmcp::result<void>> stdio_run::send(std::string message, steady_clock::time_point until,
                                                    vmcp::cancellation* control) {
    const auto self = shared_from_this();
    make_one_line(message);
    bool given_up = false;
    for (;;) {
        auto ticket = room_.take(worker::current().executor());
        {
            const std::lock_guard lock(mutex_);
            if (over_)
                co_return *over_;
            if (has_room(message.size())) {
                waiting_bytes_ += message.size();
                waiting_.push_back(std::move(message));
                break;
            }
        }
        // A cancellation wakes all who wait; each looks again.
        const vmcp::cancellation::scope cancellable(control, [this, &given_up] {
            given_up = true;
            room_.notify_all();
        });
        if (given_up)
            co_return vmcp::fail(errc::cancelled);
        if (!co_await ticket.wait(until))
            co_return vmcp::fail(errc::backend_timeout, "its program does not read what it is sent");
        if (given_up)
            co_return vmcp::fail(errc::cancelled);
    }
    home_.post([self] {
        if (self->wake_writer_)
            self->wake_writer_->cancel();
    });
    co_return vmcp::result<void>();
}

std::optional<std::string> stdio_run::next_message() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty())
        return std::nullopt;
    std::optional<std::string> out(std::move(waiting_.front()));
    waiting_.pop_front();
    return out;
}

vmcp::awaitable<void> stdio_run::write_input(self_ptr self) {
    auto& run = *self;
    while (!run.stopping_ && !run.ended_) {
        const auto message = run.next_message();
        if (!message) {
            boost::system::error_code ignored;
            run.wake_writer_->expires_at(steady_clock::time_point::max());
            co_await run.wake_writer_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            continue;
        }
        const bool written = co_await run.write_all(*message);
        {
            // What is being written counts until it is.
            const std::lock_guard lock(run.mutex_);
            run.waiting_bytes_ -= message->size();
            run.waiting_memory_.shrink_to(run.over_ ? 0 : run.waiting_bytes_);
        }
        run.room_.notify_all();
        if (!written)
            break;
    }
}

vmcp::awaitable<bool> stdio_run::write_all(std::string_view text) {
    while (!text.empty() && !ended_) {
        stalled_->expires_after(program_->write_timeout);
        stalled_->async_wait([weak = weak_from_this(), round = ++writes_](boost::system::error_code ec) {
            const auto self = weak.lock();
            if (self && !ec && round == self->writes_)
                self->end_now(
                    fmt::format(
                        "its program did not read its input for {} s",
                        std::chrono::ceil<std::chrono::seconds>(self->program_->write_timeout).count()),
                    manner::at_once);
        });
        boost::system::error_code ec;
        const auto count = co_await child_->input().async_write_some(
            asio::buffer(text.data(), text.size()), asio::redirect_error(asio::use_awaitable, ec));
        ++writes_;
        if (stalled_)
            stalled_->cancel();
        if (ec) {
            co_await accuse("its program closed its standard input");
            co_return false;
        }
        text.remove_prefix(count);
    }
    const bool whole = text.empty();
    co_return whole;
}

// ---- from the program

vmcp::awaitable<void> stdio_run::read_output(self_ptr self) {
    auto& run = *self;
    std::vector<char> buffer(piece_size);
    while (!run.ended_) {
        boost::system::error_code ec;
        const auto count = co_await run.child_->output().async_read_some(
            asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            break;
        run.heard_.store(steady_clock::now());
        co_await run.take_output({buffer.data(), count});
    }
    run.output_ended_ = true;
    co_await run.accuse("its program closed its standard output");
}

// A program that ends has closed its pipes a moment before.
vmcp::awaitable<void> stdio_run::accuse(std::string why) {
    constexpr milliseconds moment{300};
    const auto self = shared_from_this();
    guarded_pause pause(home_);
    if (!stopping_ && !ended_ && co_await pause.until(steady_clock::now() + moment) && !stopping_ && !ended_)
        end_now(std::move(why), manner::gently);
}

vmcp::awaitable<void> stdio_run::take_output(std::string_view piece) {
    using step = line_framing::step;
    lines_.set_longest(ear_.longest());
    lines_.feed(piece);
    for (auto what = lines_.next(); what != step::more; what = lines_.next()) {
        if (what == step::line) {
            co_await ear_.line(lines_.take_line());
            line_memory_.release();
        } else if (what == step::overlong) {
            if (overlong_pace_.let_in(steady_clock::now()))
                vmcp::log::warn(
                    "backend {}: a line on its standard output is longer than {} (limits.maxBackendBody), "
                    "and is passed over",
                    program_->name, vmcp::count_of(ear_.longest(), "byte"));
        } else if (const auto id = id_of_overlong_answer(lines_.head(), lines_.tail())) {
            ear_.spoiled(
                *id,
                vmcp::fail(errc::backend_protocol,
                           fmt::format("its answer has {}, more than may be read (limits.maxBackendBody, "
                                       "limits.memory)",
                                       vmcp::count_of(lines_.dropped_bytes(), "byte"))));
        }
    }
    if (!line_memory_.cover_in_steps(lines_.held_bytes()) && lines_.drop_line()) {
        vmcp::log::warn(
            "backend {}: there is no room for what it writes (limits.memory): a message is passed over",
            program_->name);
        line_memory_.release();
    }
}

vmcp::awaitable<void> stdio_run::read_errors(self_ptr self) {
    auto& run = *self;
    std::vector<char> buffer(longest_error_line);
    while (!run.ended_) {
        boost::system::error_code ec;
        const auto count = co_await run.child_->errors().async_read_some(
            asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            break;
        run.take_errors({buffer.data(), count});
    }
}

void stdio_run::take_errors(std::string_view piece) {
    using step = line_framing::step;
    error_lines_.feed(piece);
    for (auto what = error_lines_.next(); what != step::more; what = error_lines_.next()) {
        if (what == step::line)
            tell(error_lines_.take_line());
        else if (what == step::dropped)
            tell(fmt::format("{} ... ({})", error_lines_.head(),
                             vmcp::count_of(error_lines_.dropped_bytes(), "byte")));
    }
}

void stdio_run::tell(std::string line) {
    constexpr std::size_t longest_shown = 1000;
    const auto now = steady_clock::now();
    last_words_ = vmcp::excerpt_of(line, program_->secrets, longest_shown);
    if (const auto left_out = error_pace_.take_left_out(now))
        vmcp::log::info("backend {}: stderr: {} left out, as there were many", program_->name,
                        vmcp::count_of(left_out, "line"));
    if (error_pace_.let_in(now))
        vmcp::log::info("backend {}: stderr: {}", program_->name, last_words_);
}

} // namespace transport
