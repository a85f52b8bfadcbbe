#include "vmcp/session/live_session.hpp"

#include "vmcp/base/uri_normal.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

// Most sessions of a gateway without authentication belong to the same nobody.
std::shared_ptr<const identity> shared(identity who) {
    static const auto anonymous = std::make_shared<const identity>();
    return who == *anonymous ? anonymous : std::make_shared<const identity>(std::move(who));
}

} // namespace

live_session::live_session(session_record from, question_limits questions)
    : question_limits_(questions)
    , id_(std::move(from.id))
    , who_(shared(std::move(from.who)))
    , capabilities_(std::move(from.capabilities))
    , version_(from.version)
    , level_(from.level) {
    if (!from.subscriptions.empty()) {
        rare().inherited = from.subscriptions;
        rare().subscriptions = std::move(from.subscriptions);
    }
}

live_session::~live_session() = default;

session_record live_session::record() const {
    session_record out{
        .id = id_, .who = *who_, .version = version_, .capabilities = capabilities_, .level = level()};
    const std::lock_guard lock(mutex_);
    if (rare_)
        out.subscriptions = rare_->subscriptions;
    return out;
}

void live_session::take_over(session_record from) {
    if (from.level != level()) {
        level_.store(from.level, std::memory_order_relaxed);
        for (const auto& b : backends())
            b->set_log_level(from.level);
    }
    std::shared_ptr<const std::function<void()>> told;
    {
        const std::lock_guard lock(mutex_);
        if (!rare_ && from.subscriptions.empty())
            return;
        inherit_locked(std::move(from.subscriptions));
        if (!rare_->inherited.empty())
            told = rare_->told;
    }
    if (told)
        (*told)();
}

// Those that are new here are not known to any backend.
void live_session::inherit_locked(std::vector<subscription> all) {
    auto& here = rare();
    const auto lacks = [](const std::vector<subscription>& some, const subscription& one) {
        return std::ranges::find(some, one) == some.end();
    };
    std::erase_if(here.inherited, [&](const auto& one) { return lacks(all, one); });
    for (const auto& one : all)
        if (lacks(here.subscriptions, one))
            here.inherited.push_back(one);
    here.subscriptions = std::move(all);
}

void live_session::when_inherited(std::function<void()> told) {
    std::shared_ptr<const std::function<void()>> now;
    {
        const std::lock_guard lock(mutex_);
        if (!told && !rare_)
            return;
        rare().told = told ? std::make_shared<const std::function<void()>>(std::move(told)) : nullptr;
        if (!rare_->inherited.empty())
            now = rare_->told;
    }
    if (now)
        (*now)();
}

std::vector<subscription> live_session::take_inherited() {
    const std::lock_guard lock(mutex_);
    return rare_ ? std::exchange(rare_->inherited, {}) : std::vector<subscription>();
}

live_session::rarely_used& live_session::rare() {
    if (!rare_)
        rare_ = std::make_unique<rarely_used>(question_limits_.ids.first);
    return *rare_;
}

// ---- calls in flight ----

result<void> live_session::begin_call(std::string_view raw_id, std::shared_ptr<call> running,
                                      std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (closed())
        return fail(errc::session_not_found, "it was closed meanwhile");
    if (calls_.size() >= limit)
        return fail(errc::too_many_requests,
                    fmt::format("this session has {} in flight", count_of(calls_.size(), "request")));
    calls_.add(raw_id, std::move(running));
    return {};
}

void live_session::end_call(const call& ended) {
    const std::lock_guard lock(mutex_);
    calls_.remove(ended);
}

bool live_session::cancel_call(std::string_view raw_id, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    return calls_.cancel(raw_id, reason);
}

bool live_session::busy() const {
    const std::lock_guard lock(mutex_);
    return !calls_.empty() || (stream_ && stream_->listening());
}

// ---- questions to the client ----

result<std::shared_ptr<pending_ask>> live_session::ask(const message& request,
                                                       std::shared_ptr<outbound> stream) {
    if (!capabilities_->lacking(request.method, request.params.raw).empty())
        return fail(errc::capability_missing, std::string(request.method));
    std::shared_ptr<client_question> pending;
    {
        const std::lock_guard lock(mutex_);
        if (closed())
            return fail(errc::client_gone);
        if (rare().questions.size() >= question_limits_.most)
            return fail(errc::too_many_requests,
                        fmt::format("{} for an answer",
                                    count_of(question_limits_.most, "question to this client waits",
                                             "questions to this client wait")));
        const auto id = rare().questions.next_id();
        auto forget = [self = shared_from_this(), id] {
            const std::lock_guard again(self->mutex_);
            self->rare_->questions.remove(id);
        };
        pending = std::make_shared<client_question>(
            id, std::string(request.param.meta_token.raw), stream, std::move(forget),
            [self = shared_from_this()] { return self->away_since(); }, question_limits_.patience);
        rare_->questions.add(pending);
    }
    stream->ask(pending->id(), request);
    return std::shared_ptr<pending_ask>(pending);
}

std::optional<steady_clock::time_point> live_session::away_since() const {
    const auto out = stream();
    auto away = out ? out->away_since() : std::nullopt;
    const steady_clock::time_point asked{
        std::chrono::milliseconds(last_used.load(std::memory_order_relaxed))};
    return away && *away < asked ? asked : away;
}

bool live_session::answer(const message& response) {
    std::shared_ptr<client_question> pending;
    {
        const std::lock_guard lock(mutex_);
        if (!rare_)
            return false;
        pending = rare_->questions.find(response.id.raw);
        if (pending)
            rare_->questions.remove(pending->id());
    }
    if (!pending)
        return false;
    pending->settle(std::string(response.whole));
    return true;
}

bool live_session::ask_progress(const message& progress) {
    std::shared_ptr<client_question> pending;
    {
        const std::lock_guard lock(mutex_);
        if (rare_)
            pending = rare_->questions.find(progress.param.progress_token.raw);
    }
    if (pending)
        pending->progressed(progress);
    return pending != nullptr;
}

// ---- what the client set ----

void live_session::set_level(log_level level) {
    level_.store(level, std::memory_order_relaxed);
    changes_.fetch_add(1, std::memory_order_release);
    for (const auto& b : backends())
        b->set_log_level(level);
}

void live_session::remember_subscription(subscription subject, bool subscribed) {
    const std::lock_guard lock(mutex_);
    auto& known = rare().subscriptions;
    const auto same = [&](const subscription& s) {
        return s.backend == subject.backend && s.uri == subject.uri;
    };
    changes_.fetch_add(1, std::memory_order_release);
    std::erase_if(known, same);
    std::erase_if(rare_->inherited, same);
    if (subscribed)
        known.push_back(std::move(subject));
}

std::string live_session::subscribed_as(std::string_view backend, std::string_view uri) const {
    const std::lock_guard lock(mutex_);
    if (!rare_)
        return {};
    const auto& all = rare_->subscriptions;
    auto found = std::ranges::find_if(
        all, [&](const subscription& s) { return s.backend == backend && s.uri == uri; });
    if (found == all.end()) {
        const auto normal = normal_uri(uri);
        found = std::ranges::find_if(
            all, [&](const subscription& s) { return s.backend == backend && normal_uri(s.uri) == normal; });
    }
    return found == all.end() ? std::string() : found->exposed;
}

// ---- streams ----

std::shared_ptr<outbound> live_session::stream() const {
    const std::lock_guard lock(mutex_);
    return stream_;
}

std::shared_ptr<outbound> live_session::set_stream(std::shared_ptr<outbound> stream) {
    const std::lock_guard lock(mutex_);
    if (closed())
        return nullptr;
    if (!stream_)
        stream_ = std::move(stream);
    return stream_;
}

void live_session::lists_changed(unsigned kinds) {
    changed_lists_.fetch_or(kinds);
    const auto out = stream();
    if (out && out->listening())
        out->lists_changed(take_changed_lists());
}

void live_session::set_policy_class(std::string policy_class) {
    const std::lock_guard lock(mutex_);
    if (rare_ || !policy_class.empty())
        rare().policy_class = std::move(policy_class);
}

std::string live_session::policy_class() const {
    const std::lock_guard lock(mutex_);
    return rare_ ? rare_->policy_class : std::string();
}

// ---- backends ----

std::shared_ptr<backend_session>
live_session::backend(const void* key, const std::function<std::shared_ptr<backend_session>()>& make) {
    std::shared_ptr<backend_session> too_late;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [known, session] : backends_)
            if (known == key)
                return session;
        if (!closed())
            return backends_.emplace_back(key, make()).second;
        too_late = make();
    }
    too_late->close();
    return too_late;
}

std::vector<std::shared_ptr<backend_session>> live_session::backends() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<backend_session>> out;
    out.reserve(backends_.size());
    for (const auto& entry : backends_)
        out.push_back(entry.second);
    return out;
}

void live_session::drop_backend(const void* key) {
    std::shared_ptr<backend_session> dropped;
    std::shared_ptr<const own_lists> former; // dies outside of the lock, as it may be large
    {
        const std::lock_guard lock(mutex_);
        former = replace_own_locked(key, nullptr);
        const auto it = std::ranges::find_if(backends_, [&](const auto& e) { return e.first == key; });
        if (it == backends_.end())
            return;
        dropped = std::move(it->second);
        backends_.erase(it);
    }
    dropped->close();
}

// ---- lists of its own ----

std::shared_ptr<const own_lists> live_session::own() const {
    if (!has_own_.load(std::memory_order_acquire))
        return nullptr;
    const std::lock_guard lock(mutex_);
    return rare_ ? rare_->own : nullptr;
}

void live_session::keep_own(const void* key, std::shared_ptr<const list_difference> difference) {
    std::shared_ptr<const own_lists> former; // dies outside of the lock, as it may be large
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(backends_, key, [](const auto& one) { return one.first; }) != backends_.end())
        former = replace_own_locked(key, std::move(difference));
}

// Gives what was there before.
std::shared_ptr<const own_lists>
live_session::replace_own_locked(const void* key, std::shared_ptr<const list_difference> difference) {
    if (!difference && !(rare_ && rare_->own))
        return nullptr;
    std::vector<own_lists::of_backend> all;
    if (rare().own)
        all = rare_->own->all();
    std::erase_if(all, [&](const auto& one) { return one.first == key; });
    if (difference)
        all.emplace_back(key, std::move(difference));
    auto next = all.empty() ? nullptr : std::make_shared<const own_lists>(std::move(all));
    has_own_.store(next != nullptr, std::memory_order_release);
    return std::exchange(rare_->own, std::move(next));
}

std::optional<uri_owner> live_session::learn_uri(std::string uri, std::string backend) {
    const std::lock_guard lock(mutex_);
    return rare().uris.learn(std::move(uri), std::move(backend));
}

void live_session::forget_uri(std::string_view uri) {
    const std::lock_guard lock(mutex_);
    if (rare_)
        rare_->uris.forget(uri);
}

std::optional<uri_owner> live_session::learned(std::string_view uri) const {
    const std::lock_guard lock(mutex_);
    return rare_ ? rare_->uris.owner_of(uri) : std::nullopt;
}

void live_session::close() {
    if (closed_.exchange(true))
        return;
    running_calls calls;
    decltype(backends_) backends;
    std::shared_ptr<outbound> stream;
    std::vector<std::shared_ptr<client_question>> questions;
    std::shared_ptr<const own_lists> own;
    {
        const std::lock_guard lock(mutex_);
        std::swap(calls, calls_);
        backends.swap(backends_);
        stream.swap(stream_);
        if (rare_) {
            questions = rare_->questions.all();
            own.swap(rare_->own);
            has_own_ = false;
        }
    }
    for (const auto& pending : questions)
        pending->settle(fail(errc::client_gone, "the session was closed"));
    calls.cancel_all("\"session closed\"");
    for (const auto& [key, backend] : backends)
        backend->close();
    if (stream)
        stream->close();
}

} // namespace vmcp
