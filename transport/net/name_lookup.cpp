#include "transport/net/name_lookup.hpp"

#include "vmcp/base/shortage.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace transport {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

name_answer system_lookup(const std::string& host) {
    name_answer out;
    asio::io_context unused;
    tcp::resolver names(unused);
    for (const auto& entry : names.resolve(host, "", out.ec))
        out.endpoints.push_back(entry.endpoint());
    return out;
}

} // namespace

struct name_lookup::waiter {
    explicit waiter(asio::io_context& home) : done(home, steady_clock::time_point::max()) {}
    asio::steady_timer done;
    name_answer answer{.ec = asio::error::operation_aborted, .endpoints = {}};
};

struct name_lookups::board : std::enable_shared_from_this<board> {
    struct job {
        std::string host{};
        steady_clock::time_point began{};
        bool outdated = false; // see renew()
        std::vector<std::shared_ptr<name_lookup::waiter>> waiters{};
    };

    board(asio::io_context& context, resolve_function how) : home(context), resolve(std::move(how)) {}

    void add(const std::string& host, std::shared_ptr<name_lookup::waiter> who);
    void begin(const std::string& host, std::shared_ptr<name_lookup::waiter> who);
    void start(std::shared_ptr<job> job);
    void finished(const std::shared_ptr<job>& ended, const name_answer& answer);
    // From a lookup's own thread.
    void hand_over(std::shared_ptr<job> job, name_answer answer);

    asio::io_context& home;
    const resolve_function resolve;
    std::list<std::shared_ptr<job>> jobs{}; // under way, oldest first; home thread only
    std::mutex mutex{};
    bool open = true; // whether `home` still exists
};

void name_lookups::board::add(const std::string& host, std::shared_ptr<name_lookup::waiter> who) {
    const auto now = steady_clock::now();
    std::size_t same = 0;
    std::shared_ptr<job> newest;
    for (const auto& one : jobs)
        if (one->host == host && !one->outdated) {
            ++same;
            newest = one;
        }
    const bool join = same >= max_per_name || jobs.size() >= spare_from;
    if (newest && (join || now - newest->began < joinable)) {
        newest->waiters.push_back(std::move(who));
        return;
    }
    begin(host, std::move(who));
}

void name_lookups::board::begin(const std::string& host, std::shared_ptr<name_lookup::waiter> who) {
    auto fresh = std::make_shared<job>(job{.host = host, .began = steady_clock::now()});
    if (who)
        fresh->waiters.push_back(std::move(who));
    if (jobs.size() >= max_threads) {
        finished(fresh, {.ec = asio::error::try_again, .endpoints = {}});
        return;
    }
    jobs.push_back(fresh);
    start(std::move(fresh));
}

void name_lookups::board::start(std::shared_ptr<job> job) {
    try {
        std::thread([self = shared_from_this(), job]() mutable {
            auto answer = self->resolve(job->host);
            if (answer.ec && !vmcp::shortage_of(answer.ec) && vmcp::out_of_descriptors())
                answer.ec = boost::system::errc::make_error_code(boost::system::errc::too_many_files_open);
            vmcp::note_if_shortage(answer.ec);
            self->hand_over(std::move(job), std::move(answer));
        }).detach();
    } catch (const std::system_error&) {
        // A limit on threads: the caller tries again later.
        finished(job, {.ec = asio::error::try_again, .endpoints = {}});
    }
}

void name_lookups::board::hand_over(std::shared_ptr<job> job, name_answer answer) {
    const std::lock_guard lock(mutex);
    if (!open)
        return;
    asio::post(home, [self = shared_from_this(), ended = std::move(job), answer = std::move(answer)] {
        self->finished(ended, answer);
    });
}

void name_lookups::board::finished(const std::shared_ptr<job>& ended, const name_answer& answer) {
    jobs.remove(ended);
    const auto tell = [&](job& waiting) {
        for (const auto& one : std::exchange(waiting.waiters, {})) {
            one->answer = answer;
            one->done.expires_at(steady_clock::time_point::min());
        }
    };
    tell(*ended);
    if (answer.ec)
        return;
    for (const auto& older : jobs) // whose name server may never answer
        if (older->host == ended->host && older->began <= ended->began)
            tell(*older);
}

name_lookups::name_lookups(asio::io_context& home, resolve_function resolve)
    : board_(std::make_shared<board>(home, resolve ? std::move(resolve) : system_lookup)) {
}

name_lookups::~name_lookups() {
    const std::lock_guard lock(board_->mutex);
    board_->open = false;
    // Their timers belong to the context, the threads' copies of the jobs outlive it.
    for (const auto& one : board_->jobs)
        one->waiters.clear();
    board_->jobs.clear();
}

void name_lookups::renew(const std::string& host) {
    bool waits = false;
    for (const auto& one : board_->jobs)
        if (one->host == host) {
            one->outdated = true;
            waits = waits || !one->waiters.empty();
        }
    if (waits)
        board_->begin(host, nullptr);
}

std::size_t name_lookups::running() const noexcept {
    return board_->jobs.size();
}

name_lookup::name_lookup(name_lookups& among) : board_(among.board_) {
}

name_lookup::~name_lookup() {
    cancel();
}

asio::awaitable<name_answer> name_lookup::run(std::string host, std::uint16_t port) {
    const auto mine = std::make_shared<waiter>(board_->home);
    waiter_ = mine;
    board_->add(host, mine);
    boost::system::error_code ignored;
    co_await mine->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    auto answer = std::move(mine->answer);
    for (auto& endpoint : answer.endpoints)
        endpoint.port(port);
    co_return answer;
}

void name_lookup::cancel() {
    if (const auto mine = std::exchange(waiter_, nullptr)) {
        for (const auto& job : board_->jobs)
            std::erase(job->waiters, mine);
        mine->done.expires_at(steady_clock::time_point::min());
    }
}

} // namespace transport
