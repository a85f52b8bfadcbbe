#include "vmcp/program/app.hpp"

#include "auth/cedar/cedar_admission.hpp"
#include "auth/cedar/cedar_rules.hpp"
#include "transport/admin/router.hpp"
#include "vmcp/assembly/composition.hpp"
#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/audit/audit_log.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/base/words.hpp"
#include "vmcp/config/secrets_of.hpp"
#include "vmcp/door/door.hpp"
#include "vmcp/outgoing/make_credentials.hpp"
#include "vmcp/program/admin_pages.hpp"
#include "vmcp/program/cluster_membership.hpp"
#include "vmcp/program/cluster_status.hpp"
#include "vmcp/program/commands/exit_code.hpp"
#include "vmcp/program/end_request.hpp"
#include "vmcp/program/file_watch.hpp"
#include "vmcp/program/listeners.hpp"
#include "vmcp/program/logging.hpp"
#include "vmcp/program/process_limits.hpp"
#include "vmcp/program/reload.hpp"
#include "vmcp/program/status_pages.hpp"
#include "vmcp/program/thread_end.hpp"
#include "vmcp/supervision/side_thread.hpp"
#include "vmcp/supervision/stdio/make_backend.hpp"
#include "vmcp/supervision/supervisor.hpp"
#include "vmcp/telemetry/telemetry.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <random>
#include <thread>

namespace vmcp {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using transport::worker;

namespace {

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Members in dependency order; run() is the only public step.
class app {
public:
    app(std::shared_ptr<const config> settings, std::shared_ptr<const auth::cedar_rules> rules,
        const serve_options& options);
    int run();

private:
    control_thread home();
    result<void> open_listeners();
    void start_threads(const std::shared_ptr<const config>& first);
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> sweep_sessions();
    reload_outcome reload(std::string_view why);
    void stop(milliseconds drain);

    std::shared_ptr<const config> settings_; // control thread, once running
    serve_options options_;
    auth::cedar_admission policy_;
    door door_{};
    audit_log records_{};
    published<asio::ssl::context> tls_{nullptr};
    composition parts_;
    published<reload_history> reloads_{
        std::make_shared<const reload_history>(reload_history{.figures = {.last_success = seconds_now()}})};

    std::unique_ptr<admin_pages> admin_pages_{}; // outlives the connections it serves
    worker control_;
    std::vector<std::unique_ptr<worker>> workers_{};
    telemetry spans_;
    std::unique_ptr<vmcp::clock> clock_;
    std::mt19937 dice_{std::random_device{}()}; // control thread
    credential_maker credentials_{};
    http_surroundings around_backends_;
    transport::program_surroundings programs_{};
    cluster_membership cluster_{}; // the supervisor reads it
    std::unique_ptr<supervisor> backends_{};
    cluster_status status_{};
    side_threads aside_{}; // what runs on them uses the supervisor, so they end before that
    std::shared_ptr<file_watch> files_{};
    transport::router pages_{};
    transport::router operators_pages_{};
    listeners listeners_{parts_, tls_};
    asio::signal_set signals_;
    asio::steady_timer sweep_timer_;
    end_request end_{};
    bool ended_ = false; // control thread: its loops end
};

unsigned worker_count(const config& c, const serve_options& options) {
    const auto wanted = options.workers != 0 ? options.workers : c.workers;
    return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

app::app(std::shared_ptr<const config> settings, std::shared_ptr<const auth::cedar_rules> rules,
         const serve_options& options)
    : settings_(std::move(settings))
    , options_(options)
    , policy_(std::move(rules))
    , parts_(settings_, door_, policy_, &records_)
    , control_(worker_count(*settings_, options))
    , spans_(control_, [this] { return admin_pages_->families(); })
    , clock_(make_system_clock(control_.executor()))
    , around_backends_{.control = control_,
                       .current = parts_.current,
                       .own_lists = parts_.own_lists,
                       .via = parts_.via,
                       .make_credentials =
                           [this](const auto& definition) { return credentials_.make(definition); }}
    , signals_(control_.context())
    , sweep_timer_(control_.context()) {
    for (const int one : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
        signals_.add(one);
    for (unsigned i = 0; i < control_.index(); ++i)
        around_backends_.callers.push_back(workers_.emplace_back(std::make_unique<worker>(i)).get());
    for (auto* each : around_backends_.callers)
        each->draw_on(parts_.memory);
    control_.draw_on(parts_.memory);
    backends_ = std::make_unique<supervisor>(
        home(), parts_.sessions, policy_, parts_.own_lists, parts_.current,
        [this](const auto& definition, const auto& all, auto gate) {
            return make_backend(around_backends_, programs_, definition, all, std::move(gate));
        });
    const auto standing = [this] { return cluster_.standing(); };
    add_status_pages(pages_, {*backends_, reloads_, records_, health::audience::anyone, standing});
    add_status_pages(operators_pages_,
                     {*backends_, reloads_, records_, health::audience::operators, standing});
    admin_pages_ = std::make_unique<admin_pages>(
        page_sources{control_, *backends_, parts_.sessions, parts_.current, parts_.counters, door_,
                     [this] { return parts_.connections(); }, reloads_, policy_, records_, parts_.memory,
                     parts_.rates, parts_.own_buckets, [this] { return listeners_.port(); }, spans_,
                     parts_.with_others.get()},
        [this] { return reload("POST /api/reload"); },
        trial_calls::parts{parts_.modern_front, parts_.via, parts_.current, parts_.front_settings,
                           &records_});
    admin_pages_->add_public(pages_);
    admin_pages_->add_admin(operators_pages_);
    for (const auto path : transport::endpoint_paths)
        pages_.add(std::string(path), parts_.endpoint);
    pages_.add_below("/.well-known/", [this](auto& request) { return answer_well_known(door_, request); });
}

control_thread app::home() {
    return {.executor = control_.executor(),
            .clock = *clock_,
            .jitter = [this] { return std::uniform_real_distribution<double>(-1.0, 1.0)(dice_); },
            .aside = aside_.publishing.runner(),
            .aside_for_clients = aside_.for_clients.runner()};
}

result<void> app::open_listeners() {
    auto recording = records_.prepare(*settings_);
    if (!recording)
        return recording.error();
    records_.use(std::move(*recording));
    auto found = cluster_.prepare(*settings_, control_, *backends_,
                                  [this] { return std::uniform_real_distribution<double>(0.0, 1.0)(dice_); });
    if (!found)
        return found.error();
    status_.prepare(*settings_, home(), *backends_, cluster_);
    auto sending = spans_.prepare(*settings_);
    if (!sending)
        return sending.error();
    spans_.use(std::move(*sending));
    if (parts_.with_others && !parts_.with_others->usable())
        return parts_.with_others->usable().error();
    auto arranged = door_.prepare(settings_->incoming, control_);
    if (!arranged)
        return arranged.error();
    door_.use(std::move(*arranged));
    auto opened = listeners_.open(*settings_, options_, around_backends_.callers, {pages_, operators_pages_});
    if (!opened)
        return opened.error();
    parts_.reconfigure(*settings_, listeners_.loopback());
    pages_.check_first(known_hosts_only(parts_.front_settings));
    operators_pages_.check_first(loopback_only(listeners_.operators_loopback()));
    return {};
}

int app::run() {
    if (auto opened = open_listeners(); !opened) {
        log::error("{}", opened.error().message());
        return 1;
    }
    const auto first = settings_; // from start_threads() on only the control thread may read the member
    start_threads(first);
    listeners_.start();
    listeners_.announce(*first, options_);
    stop(end_.wait());
    return 0;
}

// Returns when the backends are supervised.
void app::start_threads(const std::shared_ptr<const config>& first) {
    files_ = std::make_shared<file_watch>(control_, [this] { (void)reload("a file changed"); });
    std::promise<void> applied;
    control_.start();
    for (const auto& w : workers_)
        w->start();
    control_.post([&] {
        (void)backends_->apply(cluster_.effective(first, options_.discovery));
        cluster_.start();
        status_.start(*first);
        files_->watch(first->files);
        files_->start();
        applied.set_value();
    });
    applied.get_future().get();
    if (parts_.with_others)
        parts_.with_others->start(control_);
    control_.spawn(watch_signals(), "the signal watch");
    control_.spawn(sweep_sessions(), "the session sweep");
}

asio::awaitable<void> app::watch_signals() {
    for (;;) {
        error_code ec;
        const int signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (ec || ended_)
            co_return;
        if (signal == SIGHUP || signal == SIGUSR1)
            records_.reopen();
        if (signal == SIGUSR1)
            continue;
        if (signal == SIGHUP) {
            if (!end_.asked())
                (void)reload("SIGHUP");
            continue;
        }
        const auto* const name = signal == SIGTERM ? "SIGTERM" : "SIGINT";
        switch (end_.ask(settings_->drain_timeout, steady_clock::now())) {
        case end_request::heard::first:
            log::info("ending on {}", name);
            break;
        case end_request::heard::again:
            log::info("{} again, within a second, which changes nothing; a later one cuts calls", name);
            break;
        case end_request::heard::hurry:
            log::info("ending at once on {}", name);
            break;
        }
    }
}

asio::awaitable<void> app::sweep_sessions() {
    constexpr std::chrono::seconds between_trims{30};
    auto trimmed = steady_clock::now();
    for (;;) {
        const auto pause =
            std::clamp<milliseconds>(settings_->sessions.ttl / 10, milliseconds(50), milliseconds(5'000));
        sweep_timer_.expires_after(pause);
        error_code ec;
        co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (ec || ended_)
            co_return;
        parts_.sessions.sweep(steady_clock::now());
        parts_.shelf.sweep(steady_clock::now());
        listeners_.refill();
        if (steady_clock::now() - trimmed >= between_trims) {
            give_back_pages();
            trimmed = steady_clock::now();
        }
    }
}

reload_outcome app::reload(std::string_view why) {
    reload_outcome outcome{
        .what = reload_outcome::kind::refused, .problems = {"a bug: see the log"}, .settings = settings_};
    try {
        outcome = vmcp::reload({.config_path = options_.config_path,
                                .backends = *backends_,
                                .cluster = cluster_,
                                .files = *files_,
                                .parts = parts_,
                                .entrance = door_,
                                .control = control_,
                                .policy = policy_,
                                .records = records_,
                                .spans = spans_,
                                .tls = tls_,
                                .loopback = listeners_.loopback()},
                               settings_, why);
    } catch (...) {
        // The loop goes on after a bug: the next reload, and the signal that ends the program, still have to be heard.
        transport::report("a reload")(std::current_exception());
    }
    settings_ = outcome.settings;
    status_.configure(*settings_);
    reloads_.store(std::make_shared<const reload_history>(
        recorded(*reloads_.load(), outcome, why, std::chrono::system_clock::now())));
    return outcome;
}

// No call is lost: idle connections are closed at once, busy ones after their answer, event streams ended properly.
void app::stop(milliseconds drain) {
    const auto deadline = steady_clock::now() + drain;
    listeners_.stop();
    if (parts_.with_others)
        control_.post([this] { parts_.with_others->flush(); });
    for (const auto& w : workers_)
        w->post([w = w.get()] { w->sweeper().drain(); });
    while (parts_.connections() > 0 && steady_clock::now() < deadline && !end_.hurried())
        std::this_thread::sleep_for(milliseconds(5));
    if (const auto left = parts_.connections(); left > 0)
        log::warn("{} did not end {} and {} closed", count_of(left, "connection"),
                  end_.hurried() ? "before the second signal" : "within runtime.drainTimeout",
                  left == 1 ? "is" : "are");

    if (end_.hurried())
        for (const auto& w : workers_)
            w->expire_all();

    std::promise<void> closed;
    control_.post([&] {
        parts_.sessions.clear();
        parts_.modern_front.clear();
        if (parts_.with_others)
            parts_.with_others->stop();
        door_.stop();
        status_.stop();
        cluster_.stop();
        backends_->shut_down();
        files_->stop();
        ended_ = true; // a timer that has expired already is not cancelled any more
        sweep_timer_.cancel();
        closed.set_value();
    });
    closed.get_future().wait();
    spans_.stop(end_.hurried() ? milliseconds(200) : milliseconds(2'000));
    aside_.stop();
    const auto deafen = [this] {
        error_code ignored;
        signals_.cancel(ignored);
    };
    const bool ended = end_threads(workers_, control_, end_, deafen);
    records_.stop(end_.hurried() ? milliseconds(200) : milliseconds(2'000));
    if (ended)
        return;
    // A worker hangs in something that has no deadline. The program ends all the same.
    log::error("bug: a worker did not end");
    std::_Exit(static_cast<int>(exit_code::failed));
}

} // namespace

int serve(std::shared_ptr<const config> settings, const serve_options& options) {
    keep_pages_of_bodies(worker_count(*settings, options) + 1);
    know_secrets(secrets_of(*settings));
    install_logging(settings->log);
    if (!settings->core_dumps)
        suppress_core_dumps();
    if (const auto too_few = descriptor_warning(raise_descriptor_limit(), settings->limits.max_connections))
        log::warn("{}", *too_few);
    auto rules = auth::make_rules(*settings);
    for (const auto& problem : rules.problems) // a configuration that nobody has checked
        log::error("incomingAuth.authz: {}", auth::format_problem(problem));
    if (!rules.problems.empty())
        return static_cast<int>(exit_code::usage);
    return std::make_unique<app>(std::move(settings), std::move(rules.value), options)->run();
}

} // namespace vmcp
