#include "vmcp/session/client_session.hpp"

#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vmcp {

namespace {

// The members of `object` that are in `known`, as they are declared: by an object, or by `true`.
std::string known_members(std::string_view object, json_kind declared_by,
                          std::initializer_list<std::string_view> known) {
    std::string out;
    for (const auto name : known) {
        const auto member = json_member(object, name);
        if (member.kind != declared_by || member.raw == "false")
            continue;
        out.append(out.empty() ? "" : ",");
        out.append(fmt::format(R"("{}":{})", name, declared_by == json_kind::object ? "{}" : member.raw));
    }
    return out;
}

} // namespace

client_capabilities read_client_capabilities(std::string_view raw_object) {
    client_capabilities out;
    std::string raw;
    const auto take = [&](std::string_view name, json_kind declared_by,
                          std::initializer_list<std::string_view> known) {
        const auto member = json_member(raw_object, name);
        if (member.kind != json_kind::object)
            return false;
        raw.append(raw.empty() ? "" : ",");
        raw.append(fmt::format(R"("{}":{{{}}})", name, known_members(member.raw, declared_by, known)));
        return true;
    };
    out.sampling = take("sampling", json_kind::object, {"context", "tools"});
    out.elicitation = take("elicitation", json_kind::object, {"form", "url"});
    out.roots = take("roots", json_kind::boolean, {"listChanged"});
    out.raw = "{" + raw + "}";
    return out;
}

client_session::client_session(std::string id, protocol_version version, client_capabilities capabilities,
                               std::shared_ptr<const principal> who)
    : id_(std::move(id))
    , version_(version)
    , capabilities_(std::move(capabilities))
    , who_(std::move(who)) {
}

client_session::~client_session() = default;

client_session::rarely_used& client_session::rare() {
    if (!rare_)
        rare_ = std::make_unique<rarely_used>();
    return *rare_;
}

// ---- calls in flight ----

result<void> client_session::begin_call(std::string_view raw_id, std::shared_ptr<call_control> control,
                                        std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (closed())
        return fail(errc::session_not_found, "it was closed meanwhile");
    if (calls_.size() >= limit)
        return fail(errc::too_many_requests,
                    fmt::format("this session has {} requests in flight", calls_.size()));
    calls_.emplace_back(raw_id, std::move(control));
    return {};
}

void client_session::end_call(const call_control& control) {
    const std::lock_guard lock(mutex_);
    const auto it = std::ranges::find_if(calls_, [&](const auto& c) { return c.second.get() == &control; });
    if (it == calls_.end())
        return;
    std::swap(*it, calls_.back());
    calls_.pop_back();
}

void client_session::cancel_call(std::string_view raw_id, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, running] : calls_)
        if (id == raw_id)
            running->cancel(std::string(reason)); // only posts
}

bool client_session::busy() const {
    const std::lock_guard lock(mutex_);
    return !calls_.empty() || (stream_ && stream_->listening());
}

// ---- requests to the client ----

result<std::shared_ptr<pending_ask>> client_session::ask(const message& request,
                                                         std::shared_ptr<outbound> way) {
    const auto declared = [&] {
        if (request.method == "sampling/createMessage")
            return capabilities_.sampling;
        if (request.method == "elicitation/create")
            return capabilities_.elicitation;
        return request.method == "roots/list" && capabilities_.roots;
    }();
    if (!declared)
        return fail(errc::capability_missing, std::string(request.method));

    std::shared_ptr<asked> pending;
    {
        const std::lock_guard lock(mutex_);
        if (closed())
            return fail(errc::client_gone);
        const std::uint64_t id = rare().next_ask++;
        pending =
            std::make_shared<asked>(shared_from_this(), id, std::string(request.param.meta_token.raw), way);
        rare_->asks.emplace(id, pending);
    }
    // The backend's ids and tokens are unique only for the backend.
    const std::string id = std::to_string(pending->id_);
    splice text(request.whole);
    text.replace(request.id.raw, id);
    text.replace(request.param.meta_token.raw, id);
    way->send(text.pieces().str());
    return std::shared_ptr<pending_ask>(pending);
}

namespace {

std::optional<std::uint64_t> ask_number(std::string_view raw) {
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), n);
    if (error != std::errc{} || end != raw.data() + raw.size())
        return std::nullopt;
    return n;
}

} // namespace

bool client_session::answer(const message& response) {
    const auto id = ask_number(response.id.raw);
    std::shared_ptr<asked> pending;
    if (id) {
        const std::lock_guard lock(mutex_);
        if (rare_)
            if (const auto it = rare_->asks.find(*id); it != rare_->asks.end()) {
                pending = it->second.lock();
                rare_->asks.erase(it);
            }
    }
    if (!pending)
        return false;
    pending->answer_.set(std::string(response.whole));
    return true;
}

void client_session::ask_progress(const message& progress) {
    const auto id = ask_number(progress.param.progress_token.raw);
    std::shared_ptr<asked> pending;
    if (id) {
        const std::lock_guard lock(mutex_);
        if (rare_)
            if (const auto it = rare_->asks.find(*id); it != rare_->asks.end())
                pending = it->second.lock();
    }
    if (!pending || pending->original_token_.empty())
        return;
    splice text(progress.whole);
    text.replace(progress.param.progress_token.raw, pending->original_token_);
    const std::lock_guard lock(pending->mutex_);
    if (pending->progress_)
        pending->progress_(text.pieces().str());
}

void client_session::forget_ask(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    if (rare_)
        rare_->asks.erase(id);
}

asked::asked(std::shared_ptr<client_session> session, std::uint64_t id, std::string original_token,
             std::shared_ptr<outbound> way)
    : session_(std::move(session))
    , id_(id)
    , original_token_(std::move(original_token))
    , way_(std::move(way)) {
}

asked::~asked() {
    session_->forget_ask(id_);
}

awaitable<result<std::string>> asked::answer(steady_clock::time_point until) {
    const auto ex = co_await boost::asio::this_coro::executor;
    if (auto given = co_await answer_.get(ex, until))
        co_return std::move(*given);
    cancel("\"timeout\"");
    co_return fail(errc::client_gone, "the client did not answer in time");
}

awaitable<void> asked::room() {
    co_await way_->room(co_await boost::asio::this_coro::executor);
}

void asked::cancel(std::string_view reason) {
    if (answer_.peek())
        return;
    session_->forget_ask(id_);
    std::string params = fmt::format(R"({{"requestId":{})", id_);
    if (!reason.empty())
        params.append(R"(,"reason":)").append(reason);
    way_->send(notification_message("notifications/cancelled", params + "}"));
    answer_.set(fail(errc::cancelled));
}

void asked::on_progress(std::function<void(std::string)> to) {
    const std::lock_guard lock(mutex_);
    progress_ = std::move(to);
}

// ---- what the client set ----

void client_session::set_level(log_level level) {
    level_.store(level, std::memory_order_relaxed);
    for (const auto& b : backends())
        b->set_log_level(level);
}

bool client_session::wants_log(std::string_view raw_level) const {
    const auto wanted = level();
    // A client that never set a level gets what the backend chooses to send (MCP 2025-11-25,
    // server/utilities/logging).
    if (wanted == log_level::unset || raw_level.size() < 2)
        return true;
    const auto given = parse_log_level(raw_level.substr(1, raw_level.size() - 2));
    return !given || *given >= wanted;
}

// ---- streams and backends ----

std::shared_ptr<outbound> client_session::stream() const {
    const std::lock_guard lock(mutex_);
    return stream_;
}

std::shared_ptr<outbound> client_session::set_stream(std::shared_ptr<outbound> stream) {
    const std::lock_guard lock(mutex_);
    if (closed())
        return nullptr;
    if (!stream_)
        stream_ = std::move(stream);
    return stream_;
}

void client_session::lists_changed(unsigned kinds) {
    changed_lists_.fetch_or(kinds);
    const auto way = stream();
    if (!way || !way->listening())
        return;
    static constexpr std::string_view methods[] = {"notifications/tools/list_changed",
                                                   "notifications/prompts/list_changed",
                                                   "notifications/resources/list_changed"};
    const unsigned due = take_changed_lists();
    for (unsigned i = 0; i < std::size(methods); ++i)
        if ((due >> i & 1U) != 0)
            way->send(notification_message(methods[i]));
}

std::shared_ptr<backend_session>
client_session::backend(const void* key, const std::function<std::shared_ptr<backend_session>()>& make) {
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

std::vector<std::shared_ptr<backend_session>> client_session::backends() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<backend_session>> out;
    out.reserve(backends_.size());
    for (const auto& entry : backends_)
        out.push_back(entry.second);
    return out;
}

void client_session::drop_backend(const void* key) {
    std::shared_ptr<backend_session> dropped;
    {
        const std::lock_guard lock(mutex_);
        const auto it = std::ranges::find_if(backends_, [&](const auto& e) { return e.first == key; });
        if (it == backends_.end())
            return;
        dropped = std::move(it->second);
        backends_.erase(it);
    }
    dropped->close();
}

void client_session::learn_uri(std::string uri, std::string backend) {
    if (uri.size() > max_learned_uri)
        return;
    const std::lock_guard lock(mutex_);
    auto& known = rare().learned;
    std::erase_if(known, [&](const auto& e) { return e.first == uri; });
    known.emplace_front(std::move(uri), std::move(backend));
    if (known.size() > max_learned)
        known.pop_back();
}

std::optional<std::string> client_session::learned(std::string_view uri) const {
    const std::lock_guard lock(mutex_);
    if (rare_)
        for (const auto& [known, backend] : rare_->learned)
            if (known == uri)
                return backend;
    return std::nullopt;
}

void client_session::close() {
    if (closed_.exchange(true))
        return;
    decltype(calls_) calls;
    decltype(backends_) backends;
    std::shared_ptr<outbound> stream;
    std::vector<std::shared_ptr<asked>> asks;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
        backends.swap(backends_);
        stream.swap(stream_);
        if (rare_)
            for (const auto& [id, weak] : rare_->asks)
                if (auto pending = weak.lock())
                    asks.push_back(std::move(pending));
    }
    for (const auto& pending : asks)
        pending->answer_.set(fail(errc::client_gone, "the session was closed"));
    for (const auto& [id, control] : calls)
        control->cancel("\"session closed\"");
    for (const auto& [key, backend] : backends)
        backend->close();
    if (stream)
        stream->close();
}

} // namespace vmcp
