#include "vmcp/audit/audit_log.hpp"

#include "vmcp/audit/audit_pump.hpp"
#include "vmcp/audit/audit_queue.hpp"
#include "vmcp/audit/config_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace vmcp {
namespace {

// A random UUID (RFC 9562 section 5.4). Nobody has to fail to guess it.
class audit_ids {
public:
    std::string operator()() {
        const auto high = (dice_() & ~std::uint64_t{0xF000}) | 0x4000U;
        const auto low = (dice_() & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);
        return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFFU,
                           high & 0xFFFFU, low >> 48, low & 0xFFFF'FFFF'FFFFU);
    }

private:
    std::mt19937_64 dice_{(std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
};

std::uint32_t types_of(const audit_config& settings) {
    const auto has = [](const std::vector<std::string>& list, std::string_view word) {
        return std::ranges::find(list, word) != list.end();
    };
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < audit_type_words.size(); ++i) {
        const auto word = audit_type_words[i];
        const bool wanted = settings.event_types.empty() || has(settings.event_types, word);
        if (wanted && !has(settings.exclude_event_types, word))
            out |= std::uint32_t{1} << i;
    }
    return out;
}

} // namespace

// What both threads know.
struct audit_log::shared {
    explicit shared(std::size_t most) : queue(most), pump(queue, audit_ids()) {}

    audit_queue queue;
    audit_pump pump; // of the thread that writes
    std::mutex mutex{};
    std::condition_variable ended_news{};
    // Under the lock.
    std::unique_ptr<line_output> next{}; // takes the place of the one in use
    std::shared_ptr<const line_terms> lines = std::make_shared<line_terms>();
    audit_figures figures{};
    std::string reopening{}; // why the file could not be opened again
    bool stopping = false;
    bool ended = false;
};

std::shared_ptr<const audit_terms> audit_terms_of(const audit_config& settings) {
    if (!settings.enabled)
        return nullptr;
    return std::make_shared<const audit_terms>(
        audit_terms{.types = types_of(settings),
                    .detect_errors = settings.detect_errors,
                    .request_bytes = settings.request_data ? settings.max_data : 0,
                    .response_bytes = settings.response_data ? settings.max_data : 0});
}

audit_log::audit_log() : shared_(std::make_shared<shared>(audit_config{}.queue)) {
}

audit_log::~audit_log() {
    stop(std::chrono::milliseconds(0));
}

result<std::unique_ptr<audit_log::arrangement>> audit_log::prepare(const config& settings) const {
    auto out = std::make_unique<arrangement>();
    out->settings = settings.audit;
    out->terms = audit_terms_of(settings.audit);
    out->lines = std::make_shared<const line_terms>(line_terms{.component = settings.audit.component,
                                                               .max_data = settings.audit.max_data,
                                                               .secrets = config_secrets(settings)});
    const bool same = started_ && settings.audit.log_file == now_.log_file;
    if (!settings.audit.enabled || same)
        return out;
    auto to = open_audit_file(settings.audit.log_file);
    if (!to)
        return fail(errc::io, fmt::format("audit.logFile: {}", to.error().detail));
    out->to = std::move(*to);
    return out;
}

void audit_log::use(std::unique_ptr<arrangement> next) {
    auto& all = *shared_;
    const bool on = next->terms != nullptr;
    {
        const std::lock_guard lock(all.mutex);
        all.lines = std::move(next->lines);
        all.figures.on = on;
        if (next->to) {
            all.next = std::move(next->to);
            all.reopening.clear();
        }
    }
    all.queue.set_limit(next->settings.queue);
    if (on && !std::exchange(started_, true))
        std::thread([state = shared_] { write_lines(state); }).detach();
    if (on)
        now_ = next->settings;
    terms_.store(std::move(next->terms));
    all.queue.wake();
}

void audit_log::reopen() {
    if (!started_ || now_.log_file.empty())
        return;
    auto& all = *shared_;
    auto to = open_audit_file(now_.log_file);
    {
        const std::lock_guard lock(all.mutex);
        if (to)
            all.next = std::move(*to);
        all.reopening = to ? std::string() : to.error().detail;
    }
    if (to)
        log::info("audit: {} was opened again", now_.log_file);
    else
        log::error("audit: the old file is written on: {}", to.error().detail);
    all.queue.wake();
}

void audit_log::stop(std::chrono::milliseconds grace) {
    terms_.store(nullptr);
    if (!std::exchange(started_, false))
        return;
    auto& all = *shared_;
    std::unique_lock lock(all.mutex);
    all.stopping = true;
    all.queue.wake();
    all.ended_news.wait_for(lock, grace, [&] { return all.ended; });
    const auto left = all.figures.waiting + all.queue.size();
    if (left > 0)
        log::error("audit: the last {} not written", count_of(left, "line was", "lines were"));
}

void audit_log::record(audit_record record) {
    shared_->queue.push(std::move(record));
}

audit_figures audit_log::figures() const {
    auto& all = *shared_;
    const std::lock_guard lock(all.mutex);
    auto out = all.figures;
    out.lost = all.queue.lost();
    out.waiting += all.queue.size();
    if (out.problem.empty())
        out.problem = all.reopening;
    return out;
}

void audit_log::write_lines(const std::shared_ptr<shared>& state) {
    auto& all = *state;
    std::unique_ptr<line_output> to;
    for (;;) {
        std::shared_ptr<const line_terms> lines;
        bool stopping = false;
        {
            const std::lock_guard lock(all.mutex);
            if (all.next) {
                to = std::move(all.next);
                all.pump.file_changed();
            }
            lines = all.lines;
            stopping = all.stopping;
        }
        const auto now = std::chrono::steady_clock::now();
        const auto rest = all.pump.turn(*to, *lines, now, std::chrono::system_clock::now());
        {
            const std::lock_guard lock(all.mutex);
            all.figures.written = all.pump.written();
            all.figures.waiting = all.pump.pending();
            all.figures.problem = all.pump.problem();
            if (stopping && (rest.asleep || rest.until == std::chrono::steady_clock::time_point::max())) {
                all.ended = true;
                all.ended_news.notify_all();
                return;
            }
        }
        if (rest.until > now)
            all.queue.wait(rest.until, rest.asleep);
    }
}

} // namespace vmcp
