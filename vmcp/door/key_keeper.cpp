#include "vmcp/door/key_keeper.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace vmcp {

using auth::key_answer;

namespace {

// Longer than the machine lets anybody wait: what it says comes first.
constexpr std::chrono::milliseconds patience{5'000};

key_answer unavailable() {
    key_answer out;
    out.retry_after = std::chrono::seconds(1);
    return out;
}

} // namespace

key_keeper::key_keeper(transport::worker& home, std::shared_ptr<fetcher> from, auth::issuer_settings settings)
    : home_(home)
    , from_(std::move(from))
    , issuer_(settings.issuer)
    , machine_(std::move(settings)) {
}

void key_keeper::start() {
    home_.spawn(
        [](std::shared_ptr<key_keeper> self) -> awaitable<void> { co_await self->run(); }(shared_from_this()),
        "the issuer's keys");
}

void key_keeper::stop() {
    home_.post([self = shared_from_this()] {
        self->stopped_ = true;
        for (const auto& [ticket, who] : std::exchange(self->waiting_, {}))
            who->set(unavailable());
        self->news_.notify_all();
    });
}

awaitable<void> key_keeper::run() {
    if (!stopped_)
        act(machine_.start(steady_clock::now()));
    while (!stopped_) {
        auto ticket = news_.take(home_.executor());
        act(machine_.tick(steady_clock::now()));
        co_await ticket.wait(machine_.wake().value_or(steady_clock::time_point::max()));
    }
}

key_figures key_keeper::figures() const {
    key_figures out{.failures = failures_.load()};
    if (keys()) // which were read at that time at the earliest
        out.age = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now().time_since_epoch() -
                                                                   steady_clock::duration(loaded_at_.load()));
    return out;
}

awaitable<key_answer> key_keeper::ask(auth::key_query query) {
    if (const auto now = keys()) {
        const auto choice = now->set.choose(query.alg, query.key_id);
        if (choice.how == auth::jwk_set::match::one) {
            key_answer out;
            out.how = key_answer::kind::found;
            out.keys = now;
            out.key = choice.key;
            co_return out;
        }
    }
    const auto who = std::make_shared<promised<key_answer>>();
    home_.post([self = shared_from_this(), query = std::move(query), who] { self->ask_here(query, who); });
    const auto said =
        co_await who->get(co_await boost::asio::this_coro::executor, steady_clock::now() + patience);
    co_return said.value_or(unavailable());
}

void key_keeper::ask_here(const auth::key_query& query, const waiting& who) {
    if (stopped_)
        return who->set(unavailable());
    auto [answer, step] = machine_.ask(query, steady_clock::now());
    if (answer.how == key_answer::kind::wait)
        waiting_.emplace(answer.ticket, who);
    else
        who->set(std::move(answer));
    act(std::move(step));
    news_.notify_all();
}

void key_keeper::act(auth::key_step step) {
    loaded_at_ = machine_.cache().loaded_at().time_since_epoch().count();
    failures_ = machine_.cache().failures();
    if (step.changed)
        published_.store(machine_.keys());
    for (auto& [ticket, answer] : step.answers)
        tell(ticket, std::move(answer));
    if (!step.problem.empty())
        report(std::move(step.problem));
    if (step.fetch && !stopped_)
        home_.spawn(
            [](std::shared_ptr<key_keeper> self, auth::key_fetch request) -> awaitable<void> {
                co_await self->fetch(std::move(request));
            }(shared_from_this(), std::move(*step.fetch)),
            "fetching the issuer's keys");
}

awaitable<void> key_keeper::fetch(auth::key_fetch request) {
    const auto got = co_await from_->fetch({.url = request.url});
    if (stopped_)
        co_return;
    const bool had_keys = machine_.keys() != nullptr;
    auto step = machine_.fetched(request.id, got, steady_clock::now());
    const bool fine = !step.fetch && step.problem.empty() && machine_.keys();
    act(std::move(step));
    if (fine && (!had_keys || !problem_.empty()))
        log::info("the issuer {} has {}", issuer_,
                  count_of(machine_.keys()->set.keys().size(), "usable key"));
    if (fine)
        problem_.clear();
    news_.notify_all();
}

void key_keeper::tell(std::uint64_t ticket, key_answer answer) {
    if (auto found = waiting_.extract(ticket))
        found.mapped()->set(std::move(answer));
}

// An issuer that is away is asked again and again: the log tells when it goes and when its excuse changes.
void key_keeper::report(std::string problem) {
    if (problem == problem_)
        return log::debug("the issuer {}: {}", issuer_, problem);
    log::warn("the issuer {}: {}{}", issuer_, problem,
              machine_.keys() ? "; its last keys are used on"
                              : "; tokens cannot be checked until it answers");
    problem_ = std::move(problem);
}

} // namespace vmcp
