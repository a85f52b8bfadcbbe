#include "transport/mcp/modern_back/modern_backend.hpp"

#include "transport/mcp/back/admitted_call.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "transport/mcp/back/own_request.hpp"
#include "transport/mcp/back/session_settings.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/catalog/backend_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace transport {

using vmcp::errc;
using vmcp::steady_clock;

namespace {

// Servers list tools only to clients that can do what the tools need: the gateway asks for all that any of its clients may use.
constexpr std::string_view all_capabilities =
    R"({"roots":{},"sampling":{},"elicitation":{"form":{},"url":{}}})";

// `ttlMs` of a result; nothing: it says none, or nonsense.
std::optional<milliseconds> freshness_of(std::string_view result) {
    const auto raw = vmcp::json_optional(result, "ttlMs", backend_json_depth).raw;
    milliseconds::rep out = 0;
    if (raw.empty() || std::from_chars(raw.data(), raw.data() + raw.size(), out).ec != std::errc())
        return std::nullopt;
    return milliseconds(std::max<milliseconds::rep>(out, 0));
}

// A refusal that a server gives without having looked at the call.
bool refuses_form(unsigned status) {
    return status == 400 || status == 404 || status == 405 || status == 406 || status == 415;
}

} // namespace

modern_backend::modern_backend(std::shared_ptr<const backend_context> context, const void* session_key)
    : context_(std::move(context))
    , key_(session_key != nullptr ? session_key : this)
    , timeout_(config().timeout) {
    context_->places->configure(config().max_concurrency, config().max_queue);
}

// ---- what clients hold

std::shared_ptr<modern_seat> modern_backend::seat_of(const std::shared_ptr<vmcp::client_session>& client) {
    for (;;) {
        const auto held = std::dynamic_pointer_cast<modern_seat>(
            client->backend(key_, [&]() -> std::shared_ptr<vmcp::backend_session> {
                return std::make_shared<modern_seat>(client);
            }));
        // What it held of the time when the backend spoke another revision is dropped; and so is what is held of one that
        // is there no more.
        if (!held || retired_.load())
            client->drop_backend(key_);
        if (held)
            return held;
    }
}

std::shared_ptr<vmcp::backend_session>
modern_backend::session_for(const std::shared_ptr<vmcp::client_session>& client) {
    return seat_of(client);
}

std::shared_ptr<modern_watch> modern_backend::watch_for(const vmcp::credential& sent_with,
                                                        const std::shared_ptr<const vmcp::caller>& caller) {
    const std::lock_guard lock(mutex_);
    std::erase_if(watches_, [&](const auto& one) {
        return one.first != sent_with.key && one.second->idle() && one.second.use_count() == 1;
    });
    auto& at = watches_[sent_with.key];
    if (!at) {
        at = std::make_shared<modern_watch>(context_, ids_, caller);
        if (retired_)
            at->stop();
    }
    return at;
}

// ---- calls

vmcp::awaitable<vmcp::result<void>> modern_backend::exchange(const vmcp::outgoing& sent,
                                                             vmcp::reply_sink& out) {
    doubt nobody_asks;
    const auto done = co_await exchange_or_doubt(sent, out, nobody_asks);
    if (!nobody_asks.said)
        co_return done;
    co_await out.done(nobody_asks.said->view());
    co_return vmcp::result<void>();
}

vmcp::awaitable<vmcp::result<void>> modern_backend::exchange_or_doubt(const vmcp::outgoing& sent,
                                                                      vmcp::reply_sink& out, doubt& doubted) {
    const auto self = shared_from_this(); // a reload may retire this backend while the call runs
    const auto& method = sent.what->request().method;
    if (method != "resources/subscribe" && method != "resources/unsubscribe")
        co_return co_await call_backend(sent, out, doubted);
    const auto until = std::min(sent.what->terms().deadline, steady_clock::now() + timeout());
    const auto done = co_await change_subscription(sent, out, until);
    if (!done)
        co_return context_->named(done.error());
    co_return done;
}

vmcp::awaitable<vmcp::result<void>> modern_backend::call_backend(const vmcp::outgoing& sent,
                                                                 vmcp::reply_sink& out, doubt& doubted) {
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

    const auto& m = call.request();
    const auto tool = m.method == "tools/call"
                          ? vmcp::unquoted(sent.replacement.empty() ? m.param.name.raw : sent.replacement)
                          : std::nullopt;
    const modern_exchange_terms how{.context = *context_,
                                    .ids = *ids_,
                                    .timeout = timeout(),
                                    .until = until,
                                    .place = *place,
                                    .with = context_->credentials->at_hand(terms.from.get()),
                                    .met = admitted.met(),
                                    .mirrored = tool ? mirrored_of(*tool) : nullptr,
                                    .refreshed = [this, &tool] { return refreshed(tool.value_or("")); }};
    vmcp::kept_reply said;
    const auto outcome = co_await modern_exchange::run(how, sent, out, said);
    admitted.met().callers_own = !terms.headers.empty();
    admitted.ended(outcome ? vmcp::result<void>() : vmcp::result<void>(outcome.error()));
    if (!outcome) {
        doubted.raised =
            outcome.error().code == errc::backend_protocol && refuses_form(admitted.met().status);
        co_return context_->named(outcome.error(), admitted.met().words);
    }
    if (*outcome == modern_end::answered)
        co_return vmcp::result<void>();
    doubted.raised = true;
    doubted.said.emplace(std::move(said));
    co_return context_->named(
        vmcp::fail(errc::backend_protocol, "it refuses requests of " + std::string(vmcp::stateless_version)));
}

vmcp::awaitable<vmcp::result<void>> modern_backend::change_subscription(const vmcp::outgoing& sent,
                                                                        vmcp::reply_sink& out,
                                                                        steady_clock::time_point until) {
    vmcp::call& call = *sent.what;
    const auto& client = call.terms().session;
    const auto uri =
        vmcp::unquoted(sent.replacement.empty() ? call.request().param.uri.raw : sent.replacement)
            .value_or("");
    if (!client)
        co_return vmcp::fail(errc::method_not_found, std::string(call.request().method));
    const auto seat = seat_of(client);
    if (call.request().method == "resources/unsubscribe") {
        seat->remember_subscription(uri, false);
        co_await out.done(vmcp::reply::of_result("{}"));
        co_return vmcp::result<void>();
    }
    if (!offers_updates_)
        co_return vmcp::fail(errc::method_not_found, "it tells of no changes of resources");
    const auto with = co_await credential_in(context_->credentials, call.terms().from, until, &call);
    if (!with)
        co_return with.error();
    const auto watch = watch_for(**with, call.terms().from);
    co_await seat->move_to(watch, client, until);
    if (uri.size() > session_settings::max_subscribed_uri ||
        watch->subscriptions_of(client.get()) >= session_settings::max_subscriptions)
        co_return vmcp::fail(
            errc::invalid_params,
            fmt::format("a session may have {} subscriptions with a backend, of at most {} bytes",
                        session_settings::max_subscriptions, session_settings::max_subscribed_uri));
    if (const auto granted = co_await watch->subscribe(client, uri, until, &call); !granted)
        co_return granted;
    co_await out.done(vmcp::reply::of_result("{}"));
    co_return vmcp::result<void>();
}

// ---- the gateway's own

vmcp::awaitable<vmcp::result<std::string>> modern_backend::ask_own(std::string_view method,
                                                                   std::string params, own_terms terms) {
    const auto text = vmcp::request_message("0", method, params);
    const auto m = vmcp::read_message(text, backend_json_depth);
    const auto id = ids_->fetch_add(1) + 1;
    const auto raw_id = std::to_string(id);
    const modern_request body(*m, {.raw_id = raw_id, .capabilities = all_capabilities});
    const auto fields = modern_fields(method);
    credential_ptr with;
    own_sink answer;
    const auto done = co_await modern_call::run(*context_,
                                                {.body = &body.text(),
                                                 .id = id,
                                                 .method = method,
                                                 .fields = &fields,
                                                 .cancellation = terms.cancellation,
                                                 .repeatable = true,
                                                 .timeout = terms.timeout,
                                                 .until = steady_clock::now() + terms.timeout,
                                                 .met = terms.met,
                                                 .sent_with = &with},
                                                answer);
    if (terms.sent_with != nullptr)
        *terms.sent_with = with;
    if (!done)
        co_return done.error();
    std::string words;
    auto result = answer.result_of(method, *with, words);
    if (!result && terms.met != nullptr)
        *terms.met = {.method = std::string(method), .words = std::move(words)};
    co_return result;
}

// The pages of its lists, and how long they are good for.
class modern_backend::own_pages final : public page_source {
public:
    explicit own_pages(modern_backend& backend) : backend_(backend) {}
    vmcp::awaitable<vmcp::result<std::string>> fetch(std::string_view method, std::string params,
                                                     own_terms terms) override {
        auto page = co_await backend_.ask_own(method, std::move(params), terms);
        if (const auto given = page ? freshness_of(*page) : std::nullopt)
            fresh_for = std::min(fresh_for.value_or(*given), *given);
        co_return page;
    }

    std::optional<milliseconds> fresh_for{};

private:
    modern_backend& backend_;
};

vmcp::awaitable<vmcp::result<modern_lists>> modern_backend::fetch_lists(list_terms terms) {
    const auto self = shared_from_this();
    terms.max_entries = context_->max_list_entries;
    terms.max_bytes = context_->max_list_bytes;
    terms.places = context_->places.get();
    call_facts unwanted;
    if (terms.met == nullptr)
        terms.met = &unwanted;
    const auto turn = co_await list_turns_->enter(steady_clock::now() + terms.session_timeout, terms.control);
    if (!turn)
        co_return turn.error();
    own_pages pages(*this);
    const auto about =
        co_await [](own_pages& from, const list_terms& how) -> vmcp::awaitable<vmcp::result<std::string>> {
        const auto place = co_await how.places->enter(steady_clock::now() + how.session_timeout, how.control,
                                                      call_limit::use::errand);
        if (!place)
            co_return place.error();
        co_return co_await from.fetch(
            "server/discover", {},
            {.timeout = how.session_timeout, .cancellation = how.control, .met = how.met});
    }(pages, terms);
    if (!about)
        co_return about.error();
    pages.fresh_for.reset(); // of what it says of itself: it is asked for with the lists
    const auto capabilities = vmcp::json_optional(*about, "capabilities", backend_json_depth).raw;
    const auto instructions =
        vmcp::unquoted(vmcp::json_optional(*about, "instructions", backend_json_depth).raw).value_or("");
    if (capabilities.size() > longest_self_description)
        co_return vmcp::fail(errc::backend_protocol,
                             fmt::format("its capabilities are {} bytes long, more than {}",
                                         capabilities.size(), longest_self_description));
    const auto features = vmcp::read_features(capabilities);
    offers_resources_ = features.resources;
    offers_updates_ = features.subscribe;
    // Changes that come while the lists are read must not be missed: the watch is begun first.
    if (const auto with = context_->credentials->at_hand(nullptr); with && !retired_)
        watch_for(*with, nullptr)->want_lists(told_by(capabilities));
    vmcp::backend_lists known{.backend = name(),
                              .capabilities = std::string(capabilities.empty() ? "{}" : capabilities),
                              .instructions = vmcp::cut_instructions(instructions, longest_instructions)};
    auto read = co_await read_pages(pages, std::move(known), context_->max_body, terms);
    if (!read)
        co_return read.error();
    take_mirrors(read->lists);
    co_return modern_lists{std::move(*read), pages.fresh_for};
}

// Tools whose annotations break the rules are not for clients (basic/transports/streamable-http, "Schema Extension").
void modern_backend::take_mirrors(vmcp::backend_lists& lists) {
    auto table = std::make_shared<mirror_table>();
    std::erase_if(lists.tools, [&](const vmcp::list_item& tool) {
        auto mirrored = vmcp::read_mirrored_arguments(tool.raw);
        if (!mirrored.flaw.empty()) {
            lists.dropped.push_back(
                {vmcp::list_kind::tools, tool.key, "its x-mcp-header is not valid: " + mirrored.flaw});
            return true;
        }
        if (!mirrored.all.empty())
            table->emplace(tool.key, std::make_shared<const vmcp::mirrored_arguments>(std::move(mirrored)));
        return false;
    });
    mirrors_.store(std::move(table));
}

mirrored_ptr modern_backend::mirrored_of(std::string_view tool) const {
    const auto table = mirrors_.load();
    const auto at = table->find(tool);
    return at == table->end() ? nullptr : at->second;
}

// A call was refused for what its fields repeat: the list that the gateway knows is not the newest.
vmcp::awaitable<mirrored_ptr> modern_backend::refreshed(std::string tool) {
    const auto until = steady_clock::now() + timeout();
    const auto turn = co_await list_turns_->enter(until);
    if (turn) {
        own_pages pages(*this);
        vmcp::backend_lists about{.backend = name(), .capabilities = R"({"tools":{}})"};
        auto read = co_await read_pages(pages, std::move(about), context_->max_body,
                                        {.page_timeout = timeout(),
                                         .max_entries = context_->max_list_entries,
                                         .max_bytes = context_->max_list_bytes});
        if (read)
            take_mirrors(read->lists);
        context_->guard->lists_changed();
    }
    co_return mirrored_of(tool);
}

void modern_backend::adjust(const vmcp::backend_config& to) {
    context_->places->configure(to.max_concurrency, to.max_queue);
    timeout_.store(to.timeout, std::memory_order_relaxed);
}

void modern_backend::retire() {
    retired_ = true;
    decltype(watches_) all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(watches_);
    }
    for (const auto& [key, one] : all)
        one->stop();
}

} // namespace transport
