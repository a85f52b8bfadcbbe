#include "transport/mcp/back/http_backend.hpp"

#include "transport/mcp/back/admitted_call.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "transport/mcp/back/shared_seat.hpp"
#include "vmcp/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::steady_clock;

namespace {

// Servers list tools only to clients that can do what the tools need: the gateway asks for all that any of
// its clients may use.
constexpr std::string_view all_capabilities =
    R"({"roots":{"listChanged":true},"sampling":{},"elicitation":{"form":{},"url":{}}})";

// Closes a session at the end.
class closing {
public:
    explicit closing(std::shared_ptr<http_session> session) : session_(std::move(session)) {}
    ~closing() { session_->close(); }
    closing(const closing&) = delete;
    closing& operator=(const closing&) = delete;

private:
    std::shared_ptr<http_session> session_;
};

// The backend's stream matters to a client that hears what comes on it, or can be asked something.
bool wants_stream(const vmcp::call& call) {
    const auto& terms = call.terms();
    const auto stream = terms.session ? terms.session->stream() : nullptr;
    return (stream && stream->listening()) || terms.can->any() ||
           call.request().method == "resources/subscribe";
}

backend_request request_of(const vmcp::outgoing& sent) {
    const vmcp::message& m = sent.what->request();
    return {.message = m.whole,
            .id = m.id.raw,
            .progress_token = m.param.meta_token.raw,
            .replaced = sent.name.raw,
            .replacement = sent.replacement,
            .surplus = m.surplus,
            .method = m.method,
            .headers = &sent.what->terms().headers,
            .cancellation = sent.what.get(),
            .call = sent.what.get(),
            .repeatable = sent.repeatable};
}

} // namespace

http_backend::http_backend(std::shared_ptr<const backend_context> context, const void* session_key)
    : context_(std::move(context))
    , key_(session_key != nullptr ? session_key : this)
    , timeout_(config().timeout)
    , own_(std::make_shared<http_session>(context_, std::string(all_capabilities), vmcp::latest_version,
                                          nullptr, nullptr)) {
    context_->places->configure(config().max_concurrency, config().max_queue);
    using mode = vmcp::backend_session_mode;
    if (config().sessions == mode::single || (costs_programs() && config().sessions == mode::shared))
        be_single();
    else if (costs_programs())
        own_->open_to_clients(); // those without a session
}

http_backend::~http_backend() = default;

// ---- which session

void http_backend::be_single() {
    own_->open_to_clients();
    single_ = true;
}

vmcp::awaitable<bool> http_backend::take_over(opened_session first, steady_clock::time_point until) {
    const auto self = shared_from_this();
    if (single() || !co_await own_->take_over(first, until))
        co_return false;
    be_single();
    co_return true;
}

bool http_backend::is_dedicated(const std::shared_ptr<vmcp::client_session>& client) const {
    return client && config().sessions == vmcp::backend_session_mode::dedicated && !single();
}

std::shared_ptr<http_session> http_backend::make_session(const vmcp::call_terms& call) {
    if (is_dedicated(call.session))
        return make_dedicated(call.session, call.from);
    return std::make_shared<http_session>(context_, call.can->raw, call.version, nullptr, call.from);
}

std::shared_ptr<http_session>
http_backend::make_dedicated(const std::shared_ptr<vmcp::client_session>& client,
                             std::shared_ptr<const vmcp::caller> caller) {
    auto made = std::make_shared<http_session>(context_, client->capabilities().raw, client->version(),
                                               client, std::move(caller));
    if (context_->own_lists == nullptr)
        return made;
    made->read_own_lists_with(
        [self = weak_from_this(), opened = std::weak_ptr(made), whose = std::weak_ptr(client)](
            std::shared_ptr<vmcp::cancellation> control) -> vmcp::awaitable<own_list_pace::outcome> {
            auto through = self.lock();
            auto session = opened.lock();
            auto client_session = whose.lock();
            if (!through || !session || !client_session)
                return nothing_to_read();
            return read_own_lists(std::move(through), std::move(session), std::move(client_session),
                                  std::move(control));
        });
    return made;
}

template <class Held>
std::shared_ptr<Held> http_backend::held_by(const std::shared_ptr<vmcp::client_session>& client,
                                            const std::function<std::shared_ptr<Held>()>& make) const {
    for (;;) {
        const auto held = std::dynamic_pointer_cast<Held>(
            client->backend(key_, [&]() -> std::shared_ptr<vmcp::backend_session> { return make(); }));
        // Whoever retired this has dropped what client sessions held of it, maybe just before. What they held before it
        // turned out that there is a single session only is dropped here.
        if (!held || retired_.load())
            client->drop_backend(key_);
        if (held)
            return held;
    }
}

std::shared_ptr<vmcp::backend_session>
http_backend::session_for(const std::shared_ptr<vmcp::client_session>& client) {
    if (!is_dedicated(client))
        return held_by<shared_seat>(client, [&] { return std::make_shared<shared_seat>(client); });
    return held_by<http_session>(client, [&] { return make_dedicated(client, nullptr); });
}

std::shared_ptr<http_session> http_backend::dedicated_session(const vmcp::call_terms& call) {
    return held_by<http_session>(call.session, [&] { return make_session(call); });
}

std::shared_ptr<http_session> http_backend::shared_session(const vmcp::call_terms& call,
                                                           const vmcp::credential& credential) {
    // Of a client without a session the level is part of what it shares: a backend knows one level of a session.
    const auto level = call.session ? vmcp::log_level::unset : call.level;
    const auto key = fmt::format("{} {} {} {}", text_of(call.version), call.can->raw,
                                 static_cast<unsigned>(level), credential.key);
    const auto make = [&] {
        auto made = make_session(call);
        if (level != vmcp::log_level::unset)
            made->set_log_level(level);
        return made;
    };
    auto session = single() || costs_programs() ? own_ : shared_.get(key, make, steady_clock::now());
    // A client finds what it shares by its seat, when it sets something or ends.
    if (call.session)
        held_by<shared_seat>(call.session, [&] {
            return std::make_shared<shared_seat>(call.session);
        })->move_to(session);
    return session;
}

// ---- calls

vmcp::awaitable<vmcp::result<void>> http_backend::exchange(const vmcp::outgoing& sent, vmcp::reply_sink& out,
                                                           call_facts* facts) {
    const auto self = shared_from_this(); // a reload may retire this backend while the call runs
    vmcp::call& call = *sent.what;
    const auto& terms = call.terms();
    // One deadline for the wait and for the call.
    const auto until = std::min(terms.deadline, steady_clock::now() + timeout());
    auto place = context_->places->try_enter();
    if (!place) {
        auto turn = co_await context_->places->enter(until, &call);
        if (!turn)
            co_return context_->named(turn.error());
        place.emplace(std::move(*turn));
    }
    auto permit = context_->guard->admit();
    if (!permit)
        co_return context_->named(permit.error());
    admitted_call admitted(*context_->guard, std::move(*permit));

    auto request = request_of(sent);
    auto session = is_dedicated(terms.session) ? dedicated_session(terms) : nullptr;
    if (!session) {
        vmcp::result<credential_ptr> credential = context_->credentials->at_hand(terms.from.get());
        if (!*credential)
            credential = co_await credential_in(context_->credentials, terms.from, until, &call);
        if (!credential) {
            admitted.met().without_credential = true;
            admitted.ended(credential.error());
            co_return context_->named(credential.error());
        }
        session = shared_session(terms, **credential);
        request.with = std::move(*credential);
    }
    // A call that waited for its turn while this was retired has a session of its own, for this once.
    std::optional<closing> at_end;
    if (retired_.load() && !(single() && own_->version()))
        at_end.emplace(session = make_session(terms));
    std::optional<http_session::stream_use> hears;
    if (wants_stream(call))
        hears.emplace(session);

    request.timeout = timeout();
    request.until = until;
    request.met = &admitted.met();
    request.place = &*place;
    const auto outcome = co_await session->request(request, out);
    admitted.met().callers_own = !terms.headers.empty();
    admitted.ended(outcome);
    if (!outcome && facts != nullptr)
        *facts = admitted.met();
    if (!outcome)
        co_return context_->named(outcome.error(), admitted.met().words);
    co_return outcome;
}

// ---- the gateway's own

asio::awaitable<vmcp::result<list_reading>> http_backend::fetch_lists(list_terms terms) {
    const auto self = shared_from_this();
    terms.max_entries = context_->max_list_entries;
    terms.max_bytes = context_->max_list_bytes;
    terms.places = context_->places.get();
    auto read = co_await read_lists(own_, name(), context_->max_body, terms);
    if (read)
        offers_resources_ = !vmcp::json_optional(read->lists.capabilities, "resources", 512).empty();
    co_return read;
}

vmcp::awaitable<own_list_pace::outcome> http_backend::nothing_to_read() {
    co_return own_list_pace::outcome::nothing;
}

// It takes a place, and its end is evidence, as that of a call.
vmcp::awaitable<own_list_pace::outcome>
http_backend::read_own_lists(std::shared_ptr<http_backend> through, std::shared_ptr<http_session> session,
                             std::shared_ptr<vmcp::client_session> client,
                             std::shared_ptr<vmcp::cancellation> control) {
    const auto place = co_await through->context_->places->enter(steady_clock::now() + through->timeout(),
                                                                 control.get(), call_limit::use::errand);
    if (!place)
        co_return own_list_pace::outcome::failed;
    const auto& context = *through->context_;
    auto permit = context.guard->admit();
    if (!permit)
        co_return own_list_pace::outcome::failed;
    admitted_call admitted(*context.guard, std::move(*permit));
    auto read = co_await read_lists(session, through->name(), context.max_body,
                                    {.session_timeout = through->timeout(),
                                     .page_timeout = through->timeout(),
                                     .control = control.get(),
                                     .met = &admitted.met(),
                                     .max_entries = context.max_list_entries,
                                     .max_bytes = context.max_list_bytes});
    admitted.ended(read ? vmcp::result<void>() : read.error());
    if (!read) {
        vmcp::log::debug("backend {}: the lists of a client's own session: {}", through->name(),
                         read.error().message());
        co_return own_list_pace::outcome::failed;
    }
    vmcp::session_lists own;
    for (const auto kind : vmcp::all_list_kinds) {
        const bool offered =
            !vmcp::json_optional(read->lists.capabilities, vmcp::spec_of(kind).capability, 512).empty();
        own.known[static_cast<std::size_t>(kind)] =
            offered && std::ranges::find(read->missed, kind, &list_reading::gap::kind) == read->missed.end();
    }
    own.lists = std::move(read->lists);
    const bool has_own = co_await context.own_lists->take(std::move(client), through->key_, std::move(own));
    co_return has_own ? own_list_pace::outcome::own : own_list_pace::outcome::nothing;
}

void http_backend::adjust(const vmcp::backend_config& to) {
    context_->places->configure(to.max_concurrency, to.max_queue);
    timeout_.store(to.timeout, std::memory_order_relaxed);
}

void http_backend::retire() {
    retired_ = true;
    own_->close();
    shared_.close_all();
}

} // namespace transport
