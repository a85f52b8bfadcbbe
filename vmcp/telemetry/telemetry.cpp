#include "vmcp/telemetry/telemetry.hpp"

#include "vmcp/base/environment.hpp"
#include "vmcp/base/file_text.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/model/traceparent.hpp"
#include "vmcp/telemetry/otlp_json.hpp"
#include "vmcp/telemetry/sampler.hpp"
#include "vmcp/telemetry/span_queue.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <future>
#include <iterator>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

double chance() {
    constexpr double range = 4294967296.0; // 2^32
    return static_cast<double>(random_id() >> 32U) / range;
}

std::string new_instance() {
    const auto id = random_id();
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(id >> (8 * i));
    return hex_text(bytes);
}

} // namespace

// Of the control thread, but for the queue and the atomics.
struct telemetry::shared {
    shared(asio::any_io_executor executor, metrics_source source)
        : traces_alarm(executor)
        , metrics_alarm(executor)
        , metrics(std::move(source)) {}

    // One signal's way to the collector: how it goes, and until when nothing is sent.
    struct lane {
        export_pace pace{};
        const char* name;
    };

    asio::awaitable<void> wait(asio::steady_timer& alarm, milliseconds pause) {
        alarm.expires_after(pause);
        boost::system::error_code cut;
        co_await alarm.async_wait(asio::redirect_error(asio::use_awaitable, cut));
    }
    // Sends until it is taken or lost; gives whether it was taken.
    asio::awaitable<bool> deliver(lane& at, std::shared_ptr<const collector_target> to, std::string body,
                                  asio::steady_timer& alarm) {
        for (;;) {
            const auto answer = co_await send_otlp(to, body);
            const auto verdict = at.pace.answered(answer, chance());
            if (!verdict.warning.empty())
                log::warn(
                    "telemetry: {} are not taken by the collector at {}: {}; this is not repeated until "
                    "they are",
                    at.name, to->to.authority, verdict.warning);
            if (!verdict.notice.empty())
                log::info("telemetry: {}: {}", at.name, verdict.notice);
            if (verdict.batch == batch_fate::taken)
                co_return true;
            if (ending)
                co_return false;
            const auto until = std::chrono::steady_clock::now() + verdict.pause;
            while (!ending && std::chrono::steady_clock::now() < until)
                co_await wait(alarm,
                              std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()));
            if (verdict.batch == batch_fate::lost)
                co_return false;
        }
    }

    span_queue queue{};
    std::shared_ptr<const arrangement> now = std::make_shared<const arrangement>();
    asio::steady_timer traces_alarm;
    asio::steady_timer metrics_alarm;
    metrics_source metrics;
    const std::chrono::system_clock::time_point began = std::chrono::system_clock::now();
    lane traces_lane{.name = "traces"};
    lane metrics_lane{.name = "metrics"};
    bool sends_spans = false; // a coroutine does
    bool sends_metrics = false;
    std::shared_ptr<const void> known{}; // the secrets in headers
    std::atomic<bool> ending{false};
    std::atomic<bool> woken{false};
    std::atomic<bool> on{false};
    std::atomic<bool> failing{false};
    std::atomic<std::uint64_t> sent{0};
    std::promise<void> last_spans{};
    std::promise<void> last_metrics{};
};

telemetry::telemetry(transport::worker& control, metrics_source metrics)
    : control_(control)
    , instance_(new_instance())
    , shared_(std::make_shared<shared>(control.executor(), std::move(metrics))) {
}

telemetry::~telemetry() {
    if (tracing() == this)
        set_tracing(nullptr);
}

result<std::shared_ptr<const telemetry::arrangement>> telemetry::prepare(const config& settings) const {
    auto out = std::make_shared<arrangement>();
    const auto content = [](const std::string& path) -> std::optional<std::string> {
        auto text = read_file(path, pipes::refused);
        return text ? std::optional(*std::move(text)) : std::nullopt;
    };
    out->settings = telemetry_settings_of(settings.telemetry, settings.name, program_version, instance_,
                                          environment, content);
    const auto& wanted = out->settings;
    const auto target = [&](const std::string& url, const auto& headers,
                            std::shared_ptr<const collector_target>& to) -> result<void> {
        if (url.empty())
            return {};
        auto made = make_collector_target(url, wanted.ca_bundle, headers, wanted.timeout);
        if (!made)
            return fail(errc::config, "telemetry: " + made.error().detail);
        to = std::make_shared<const collector_target>(*std::move(made));
        return {};
    };
    if (auto made = target(wanted.traces_url, wanted.traces_headers, out->traces); !made)
        return made.error();
    if (auto made = target(wanted.metrics_url, wanted.metrics_headers, out->metrics); !made)
        return made.error();
    return std::shared_ptr<const arrangement>(std::move(out));
}

void telemetry::use(std::shared_ptr<const arrangement> next) {
    auto& all = *shared_;
    if (next->settings == all.now->settings)
        return;
    for (const auto& one : next->settings.ignored)
        log::warn("{}", one);
    std::vector<std::string> forms;
    for (const auto* list : {&next->settings.traces_headers, &next->settings.metrics_headers})
        for (const auto& [name, value] : *list)
            std::ranges::move(secret_forms(value), std::back_inserter(forms));
    all.known = known_while_held(std::move(forms));
    all.now = std::move(next);
    const auto& now = all.now->settings;
    all.queue.set_limit(now.queue);
    ratio_ = now.samples.ratio;
    parent_decides_ = now.samples.parent_decides;
    worth_sending_ = now.batch;
    all.on = now.traces();
    set_tracing(now.traces() ? this : nullptr);
    all.traces_alarm.cancel();
    all.metrics_alarm.cancel();
    if (now.traces() && !std::exchange(all.sends_spans, true))
        control_.spawn(send_spans(shared_), "the sending of traces");
    if (now.metrics() && !std::exchange(all.sends_metrics, true))
        control_.spawn(send_metrics(shared_), "the sending of metrics");
}

awaitable<void> telemetry::send_spans(std::shared_ptr<shared> all) {
    auto due = std::chrono::steady_clock::now();
    for (;;) {
        const auto settings = all->now;
        due += settings->settings.traces_delay;
        while (!all->ending && !all->woken.exchange(false) && std::chrono::steady_clock::now() < due &&
               settings == all->now)
            co_await all->wait(all->traces_alarm,
                               std::chrono::ceil<milliseconds>(due - std::chrono::steady_clock::now()));
        due = std::chrono::steady_clock::now();
        const auto now = all->now;
        for (;;) {
            const auto batch = all->queue.take(now->settings.batch);
            if (batch.empty())
                break;
            auto text = otlp_traces(batch, now->settings.resource, now->settings.of_spans, program_version);
            const bool taken = now->traces && co_await all->deliver(all->traces_lane, now->traces,
                                                                    std::move(text), all->traces_alarm);
            all->failing = !taken;
            if (taken)
                all->sent += batch.size();
            else
                all->queue.count_lost(batch.size());
            if (!taken && all->ending)
                break;
        }
        if (all->ending)
            break;
    }
    all->last_spans.set_value();
}

awaitable<void> telemetry::send_metrics(std::shared_ptr<shared> all) {
    bool last = false;
    while (!last) {
        const auto until = std::chrono::steady_clock::now() + all->now->settings.metrics_interval;
        const auto before = all->now;
        while (!all->ending && std::chrono::steady_clock::now() < until && before == all->now)
            co_await all->wait(all->metrics_alarm,
                               std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()));
        last = all->ending;
        const auto now = all->now;
        if (!now->metrics || (before != now && !last))
            continue;
        auto text = otlp_metrics(co_await all->metrics(), now->settings.resource, program_version, all->began,
                                 std::chrono::system_clock::now());
        (void)co_await all->deliver(all->metrics_lane, now->metrics, std::move(text), all->metrics_alarm);
    }
    all->last_metrics.set_value();
}

void telemetry::stop(milliseconds grace) {
    if (tracing() == this)
        set_tracing(nullptr);
    const auto until = std::chrono::steady_clock::now() + grace;
    std::promise<std::pair<bool, bool>> asked;
    control_.post([all = shared_, &asked] {
        all->ending = true;
        all->traces_alarm.cancel();
        all->metrics_alarm.cancel();
        asked.set_value({all->sends_spans, all->sends_metrics});
    });
    const auto [spans, metrics] = asked.get_future().get();
    if (spans)
        (void)shared_->last_spans.get_future().wait_until(until);
    if (metrics)
        (void)shared_->last_metrics.get_future().wait_until(until);
}

trace_context telemetry::begin(const trace_context& parent) {
    return next_context(parent, {.parent_decides = parent_decides_.load(std::memory_order_relaxed),
                                 .ratio = ratio_.load(std::memory_order_relaxed)});
}

void telemetry::ended(span finished) {
    const auto waiting = shared_->queue.push(std::move(finished));
    if (waiting < worth_sending_.load(std::memory_order_relaxed) || shared_->woken.exchange(true))
        return;
    control_.post([all = shared_] { all->traces_alarm.cancel(); });
}

telemetry_figures telemetry::figures() const {
    const auto& all = *shared_;
    return {.on = all.on,
            .sent = all.sent,
            .lost = all.queue.lost(),
            .waiting = all.queue.size(),
            .failing = all.failing};
}

} // namespace vmcp
