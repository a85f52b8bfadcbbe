#include "vmcp/service/running_call.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/model/input_key.hpp"

#include <boost/asio/co_spawn.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace vmcp {

// ---- questions ----

void parked_question::settle(result<std::string> given) {
    answer_.set(std::move(given));
}

awaitable<result<std::string>> parked_question::answer(steady_clock::time_point until) {
    const auto ex = co_await boost::asio::this_coro::executor;
    if (auto given = co_await answer_.get(ex, until))
        co_return std::move(*given);
    expire();
    co_return *answer_.peek();
}

void parked_question::expire() {
    if (method_ == "elicitation/create")
        settle(result_message("0", R"({"action":"cancel"})"));
    else
        settle(vmcp::fail(errc::client_gone, "the client did not answer in time"));
}

void parked_question::cancel(std::string_view) {
    answer_.set(vmcp::fail(errc::cancelled));
}

// ---- the exchange's side ----

running_call::running_call(std::shared_ptr<call> call, memory_ledger* memory)
    : call_(std::move(call))
    , memory_(memory)
    , request_memory_(memory, memory_class::requests)
    , notification_memory_(memory, memory_class::notifications)
    , answer_memory_(memory, memory_class::answers) {
}

result<std::shared_ptr<running_call>> running_call::start(service& core, std::shared_ptr<call> call,
                                                          memory_ledger* memory) {
    auto self = std::make_shared<running_call>(std::move(call), memory);
    const auto& held = *self->call_;
    if (!self->request_memory_.cover(held.request().whole.size() + held.terms().input_responses.size()))
        return vmcp::fail(errc::no_memory, "too much is being read or held for others (limits.memory)");
    boost::asio::co_spawn(
        self->call_->executor(),
        [](service& s, std::shared_ptr<running_call> running) -> awaitable<void> {
            co_await s.handle(running->call_, *running);
        }(core, self),
        [self](std::exception_ptr bug) {
            if (!bug) {
                self->finish({});
                return;
            }
            log::error("bug: a call ended by an exception");
            self->finish(vmcp::fail(errc::internal));
        });
    return self;
}

awaitable<void> running_call::notify(const gather& message) {
    if (memory_ != nullptr)
        memory_->make_room(message.size());
    for (;;) {
        auto ticket = taken_.take(call_->executor());
        {
            const std::lock_guard lock(mutex_);
            // Somebody who is attached sets the pace; nobody's client does not hold up the backend.
            if (attached_ == 0 || notifications_.size() < most_kept) {
                notifications_.push_back(message.str());
                notification_bytes_ += message.size();
                drop_surplus();
                break;
            }
        }
        co_await ticket.wait();
    }
    changed_.notify_all();
}

void running_call::drop_surplus() {
    const auto drop_oldest = [this] {
        notification_bytes_ -= notifications_.front().size();
        notifications_.pop_front();
    };
    while (notifications_.size() > 1 &&
           (notifications_.size() > most_kept || notification_bytes_ > most_kept_bytes))
        drop_oldest();
    notification_memory_.shrink_to(notification_bytes_);
    while (!notification_memory_.try_cover(notification_bytes_)) {
        drop_oldest();
        memory_->count_dropped(memory_class::notifications);
    }
}

namespace {

// What its backend calls a question, where that is a name: a backend of a stateless revision gives each a key of its own.
std::string own_key_of(const message& request) {
    constexpr std::size_t longest = 128;
    auto key = input_key(request.id.raw).value_or("");
    return key.size() <= longest ? key : std::string();
}

} // namespace

result<std::shared_ptr<pending_ask>> running_call::ask(const message& request) {
    if (auto needs = call_->terms().can->lacking(request.method, request.params.raw); !needs.empty()) {
        const std::lock_guard lock(mutex_);
        refused_ = {std::string(request.method), std::move(needs)};
        return vmcp::fail(errc::capability_missing, refused_->method);
    }
    memory_claim held(memory_, memory_class::notifications);
    if (!held.cover(request.params.raw.size()))
        return vmcp::fail(errc::no_memory, "no further question can wait for an answer (limits.memory)");
    std::shared_ptr<parked_question> asked;
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(questions_, [](const auto& weak) { return weak.expired(); });
        if (questions_.size() >= most_questions)
            return vmcp::fail(errc::too_many_requests, "as many questions of this call wait for an answer");
        const auto taken = [this](const std::string& key) {
            return std::ranges::any_of(questions_, [&](const auto& weak) {
                const auto other = weak.lock();
                return other && other->key() == key;
            });
        };
        auto key = own_key_of(request);
        while (key.empty() || taken(key))
            key = fmt::format("q{}", next_key_++);
        asked = std::make_shared<parked_question>(std::move(key), std::string(request.method),
                                                  std::string(request.params.raw), std::move(held));
        questions_.push_back(asked);
        if (!std::exchange(unseen_questions_, true))
            first_unseen_ = steady_clock::now();
    }
    changed_.notify_all();
    return std::shared_ptr<pending_ask>(asked);
}

// Whoever is attached on this thread takes the answer from where it was read. For others, and for whoever comes later, it is
// kept.
awaitable<void> running_call::done(const reply& answer) {
    if (!offer(answer)) {
        keep(answer);
        co_return;
    }
    for (;;) {
        auto ticket = taken_.take(call_->executor());
        const auto how = how_handed();
        if (how == handed::never)
            keep(answer);
        if (how != handed::not_yet)
            co_return;
        co_await ticket.wait();
    }
}

bool running_call::offer(const reply& answer) {
    {
        const std::lock_guard lock(mutex_);
        if (over_ || attached_ == 0 || !attached_here_)
            return false;
        over_ = true;
        outcome_ = &answer;
    }
    changed_.notify_all();
    return true;
}

running_call::handed running_call::how_handed() const {
    const std::lock_guard lock(mutex_);
    if (!std::holds_alternative<const reply*>(outcome_))
        return handed::over;
    return giving_ || (attached_ != 0 && attached_here_) ? handed::not_yet : handed::never;
}

void running_call::keep(const reply& answer) {
    memory_claim held(memory_, memory_class::answers);
    outcome kept;
    if (held.cover(answer.text().size()))
        kept = kept_reply(answer);
    else
        kept = vmcp::fail(errc::no_memory, "the answer is too large to wait for its client (limits.memory)");
    {
        const std::lock_guard lock(mutex_);
        const bool offered = std::holds_alternative<const reply*>(outcome_);
        if (over_ && !offered)
            return;
        over_ = true;
        outcome_ = std::move(kept);
        answer_memory_ = std::move(held);
    }
    changed_.notify_all();
}

awaitable<void> running_call::fail(const failure& why) {
    finish(why);
    co_return;
}

void running_call::finish(outcome outcome) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(over_, true))
            return;
        outcome_ = std::move(outcome);
    }
    changed_.notify_all();
}

// ---- the other side ----

running_call::next_step running_call::next(std::uint64_t attachment) {
    const std::lock_guard lock(mutex_);
    if (attached_ != attachment)
        return {.ended = end::displaced};
    if (!notifications_.empty()) {
        next_step out{.notification = std::move(notifications_.front())};
        notifications_.pop_front();
        notification_bytes_ -= out.notification.size();
        notification_memory_.shrink_to(notification_bytes_);
        return out;
    }
    if (over_ && outcome_.index() == 0)
        return {.ended = end::ended};
    if (over_) {
        // Somebody else has it, or it is about to be kept.
        if (giving_ || (std::holds_alternative<const reply*>(outcome_) && !attached_here_))
            return {};
        giving_ = true;
        return {.answer_is_there = true};
    }
    if (!unseen_questions_)
        return {};
    if (const auto at = first_unseen_ + round; steady_clock::now() < at)
        return {.look_again = at};
    unseen_questions_ = false;
    return {.ended = end::asked};
}

awaitable<running_call::end> running_call::attach(reply_sink& out) {
    const auto self = shared_from_this();
    const auto ex = co_await boost::asio::this_coro::executor;
    std::uint64_t mine = 0;
    {
        const std::lock_guard lock(mutex_);
        mine = attached_ = ++last_attachment_;
        attached_here_ = &ex.context() == &call_->executor().context();
    }
    changed_.notify_all(); // an earlier one is displaced
    taken_.notify_all();
    for (;;) {
        auto ticket = changed_.take(ex);
        auto step = next(mine);
        if (!step.notification.empty()) {
            taken_.notify_all();
            co_await out.notify(gather(step.notification));
            continue;
        }
        if (step.answer_is_there) {
            try {
                co_await give(out);
            } catch (...) {
                given();
                throw;
            }
            given();
            co_return end::answered;
        }
        if (step.ended) {
            if (*step.ended != end::displaced)
                detach();
            co_return *step.ended;
        }
        co_await ticket.wait(step.look_again);
    }
}

// Nobody else touches the outcome meanwhile.
awaitable<void> running_call::give(reply_sink& out) const {
    if (const auto* why = std::get_if<failure>(&outcome_))
        co_await out.fail(*why);
    else if (const auto* offered = std::get_if<const reply*>(&outcome_))
        co_await out.done(**offered);
    else
        co_await out.done(std::get<kept_reply>(outcome_).view());
}

void running_call::given() {
    {
        const std::lock_guard lock(mutex_);
        giving_ = false;
        outcome_ = std::monostate();
        answer_memory_.release();
    }
    detach();
}

void running_call::detach() {
    {
        const std::lock_guard lock(mutex_);
        attached_ = 0;
    }
    changed_.notify_all();
    taken_.notify_all();
}

std::vector<std::shared_ptr<parked_question>> running_call::questions() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<parked_question>> out;
    for (const auto& weak : questions_)
        if (auto asked = weak.lock(); asked && asked->open())
            out.push_back(std::move(asked));
    return out;
}

std::optional<refused_question> running_call::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

bool running_call::over() const {
    const std::lock_guard lock(mutex_);
    return over_;
}

} // namespace vmcp
