#include "transport/mcp/front/modern_front.hpp"

#include "transport/mcp/front/call_account.hpp"
#include "transport/mcp/front/call_room.hpp"
#include "transport/mcp/front/call_trace.hpp"
#include "transport/mcp/front/input_required.hpp"
#include "transport/mcp/front/mirrored_params.hpp"
#include "transport/mcp/front/peer_watch.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/canonical_json.hpp"
#include "vmcp/base/fair_share.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/scoped_count.hpp"
#include "vmcp/service/look_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;
using vmcp::steady_clock;

namespace {

// What stateless clients may call (schema: ClientRequest), beside server/discover and subscriptions/listen.
struct modern_method {
    std::string_view name;
    bool cacheable; // its result may be kept for a while
    bool asks;      // its backend may ask the client something (basic/patterns/mrtr)
};
constexpr std::array<modern_method, 8> modern_methods{{
    {"tools/call", false, true},
    {"tools/list", true, false},
    {"resources/read", true, true},
    {"resources/list", true, false},
    {"resources/templates/list", true, false},
    {"prompts/get", false, true},
    {"prompts/list", true, false},
    {"completion/complete", false, false},
}};

const modern_method* find_method(std::string_view name) {
    const auto* const row = std::ranges::find(modern_methods, name, &modern_method::name);
    return row == modern_methods.end() ? nullptr : row;
}

// How long a client may keep a list. Whoever wants to know of changes sooner listens.
constexpr unsigned list_ttl_ms = 5'000;

// Who asks for what: a retry must say the same again.
std::string binding_of(const admitted_request& request, const message& m) {
    const auto& who = request.from->who;
    // However it is spelled: what keeps a request may parse it and write it again.
    return digest_of({who.issuer, who.subject, m.method, vmcp::canonical_json(m.param.name.raw),
                      vmcp::canonical_json(m.param.uri.raw), vmcp::canonical_json(m.param.arguments.raw)});
}

counted_caller counted(const admitted_request& request) {
    return {request.from->who, request.http.connection.network()};
}

} // namespace

stream_options modern_front::options_for(const admitted_request& request) {
    return {.allowed = request.fields.accepts.names_event_stream(),
            .keep_alive = request.settings->keep_alive,
            .retry = request.settings->retry,
            .resumable = false,
            .request_id = request.id,
            .origin = std::string(request.fields.origin.value_or(""))};
}

asio::awaitable<void> modern_front::post(const admitted_request& request, const message& m) {
    if (m.type == message::kind::notification) {
        // None is defined for clients over HTTP; one that comes anyway harms nothing.
        audit_message(request, m);
        co_await request.http.connection.respond(202, {}, vmcp::gather(), request.common);
        co_return;
    }
    if (m.type != message::kind::request) {
        co_await request.refuse(fail(errc::invalid_request, "clients of this revision send requests only"));
        co_return;
    }
    const auto envelope = read_modern_envelope(request.fields, m);
    if (!envelope)
        co_await request.refuse(envelope.error());
    else
        co_await answer(request, m, *envelope);
}

asio::awaitable<void> modern_front::answer(const admitted_request& request, const message& m,
                                           const modern_envelope& envelope) {
    const bool known = m.method == "server/discover" || m.method == "subscriptions/listen" ||
                       find_method(m.method) != nullptr;
    if (!known) {
        co_await request.refuse(fail(errc::unknown_method, std::string(m.method)));
        co_return;
    }
    if (const auto wrong = co_await mirror_failure(request, m)) {
        co_await request.refuse(*wrong);
        co_return;
    }
    if (!envelope.level) {
        co_await request.refuse(unknown_level());
        co_return;
    }
    if (m.method == "server/discover") {
        co_await discover(request, m);
        co_return;
    }
    if (m.method == "subscriptions/listen") {
        co_await listen(request, m);
        co_return;
    }
    co_await one_call(request, m, envelope);
}

cache_hint modern_front::hint_for(const admitted_request& request, std::string_view method) const {
    // What everybody sees alike may be kept for everybody: nobody is told apart here, and no policy hides anything.
    return {.ttl_ms = method == "resources/read" ? 0 : list_ttl_ms,
            .shared = method != "resources/read" && request.from->who == vmcp::identity() &&
                      policy_.allows_all(*request.from)};
}

// MCP 2026-07-28, server/discover. Answered from the snapshot, without a word to any backend.
asio::awaitable<void> modern_front::discover(const admitted_request& request, const message& m) {
    const auto began = steady_clock::now();
    const auto snap = current_.load();
    const auto about = vmcp::describe(*snap);
    std::string body = fmt::format(R"({{"supportedVersions":["{}"],"capabilities":{})",
                                   vmcp::stateless_version, about.capabilities);
    if (!about.instructions.empty()) {
        body.append(R"(,"instructions":)");
        vmcp::append_quoted(body, about.instructions);
    }
    const auto meta = server_meta(about.name);
    const auto hint = hint_for(request, m.method);
    auto options = options_for(request);
    options.allowed = false;
    post_reply to(request.http.connection, nullptr, options);
    auto note = note_for(request);
    modern_reply out(to, {.raw_id = m.id.raw, .meta = meta, .hint = &hint, .note = &note});
    co_await out.result("complete", body + "}");
    account_for(counters_, request, m, {.bytes = out.bytes(), .began = began}, std::move(note));
}

// ---- calls ----

asio::awaitable<std::optional<vmcp::failure>> modern_front::mirror_failure(const admitted_request& request,
                                                                           const message& m) {
    const auto name = m.method == "tools/call" ? vmcp::unquoted(m.param.name.raw) : std::nullopt;
    if (!name)
        co_return std::nullopt;
    const auto snap = current_.load();
    const auto found = vmcp::find_named(*snap, vmcp::list_kind::tools, *name);
    if (found.to == nullptr || found.to->entry == vmcp::route::not_listed)
        co_return std::nullopt;
    const auto field = [&](std::string_view which) {
        repeated_field out;
        for (const auto& one : request.http.head)
            if (vmcp::iequals(one.name_string(), which)) {
                out.contradicts_itself = out.contradicts_itself || (out.value && *out.value != one.value());
                out.value = std::string_view(one.value());
            }
        return out;
    };
    const auto entry =
        found.in->entry_text(vmcp::list_kind::tools, found.to->entry, vmcp::list_revision::of_2026_07_28);
    auto problem = mirror_problem(entry, m.param.arguments.raw, field);
    if (problem.empty())
        co_return std::nullopt;
    // What a tool wants is told to those who may use it. Others hear from the core what they hear of any name.
    if (!co_await core_.permits(*request.from, m))
        co_return std::nullopt;
    co_return fail(errc::header_mismatch, std::move(problem));
}

vmcp::call_terms modern_front::terms_of(const admitted_request& request,
                                        const modern_envelope& envelope) const {
    return {.spoken = vmcp::era::modern,
            .from = request.from,
            .can = std::make_shared<vmcp::client_capabilities>(envelope.can),
            .level = *envelope.level,
            // Closing the stream is how a client of this revision cancels (basic/patterns/cancellation).
            .when_gone = vmcp::on_disconnect::cancel,
            .deadline = request.deadline,
            .headers = request.passed_through(),
            .via = request.fields.via};
}

asio::awaitable<void> modern_front::one_call(const admitted_request& request, const message& m,
                                             const modern_envelope& envelope) {
    const auto began = steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    if (const auto full = no_room_for_call(request, counters_)) {
        co_await request.refuse(*full);
        co_return;
    }
    // Where one caller may have as many as all together, that bound has just been checked.
    const auto most = request.settings->max_in_flight;
    const auto share = vmcp::usual_share(most);
    const auto place = share < most ? in_flight_.take(counted(request).key, share) : nullptr;
    if (share < most && !place) {
        co_await request.refuse(fail(errc::too_many_requests, "as many calls of this client are in flight"));
        co_return;
    }
    auto running = co_await parked_call(request, m, began);
    if (!running) {
        co_await request.refuse(running.error());
        co_return;
    }
    const auto& method = *find_method(m.method);
    const bool may_ask = method.asks && envelope.can.any();
    const auto snap = current_.load();
    const auto meta = server_meta(vmcp::describe(*snap).name);
    const auto hint = hint_for(request, m.method);
    post_reply to(request.http.connection, nullptr, options_for(request));
    if (request.fields.accepts.prefers_event_stream())
        to.stream_from_now();
    auto note = note_for(request);
    const auto trace = begin_call_trace(request, m);
    modern_reply out(to, {.raw_id = m.id.raw,
                          .raw_token = m.param.meta_token.raw,
                          .raw_uri = m.method == "resources/read" ? m.param.uri.raw : std::string_view(),
                          .meta = meta,
                          .hint = method.cacheable ? &hint : nullptr,
                          .note = wants_note(request, trace) ? &note : nullptr,
                          .can = method.asks ? &envelope.can : nullptr,
                          .raw_responses = m.param.input_responses.raw,
                          .level = *envelope.level});
    std::string text;
    const bool goes_on = *running != nullptr;
    const auto call = goes_on ? (*running)->of() : new_call(request, m, envelope, trace, may_ask, text);
    const bool answered = co_await carry_out(request, m, call, std::move(*running), may_ask, out);
    account_for(counters_, request, m,
                {.backend = call->backend(),
                 .end = answered ? out.end() : call_end::cancelled,
                 .bytes = out.bytes(),
                 .began = began,
                 .trace = &trace,
                 .went_on = goes_on ? &call->terms().trace : nullptr},
                std::move(note));
    if (!answered)
        co_await to.dropped();
    co_await to.finish();
}

asio::awaitable<vmcp::result<std::shared_ptr<vmcp::running_call>>>
modern_front::parked_call(const admitted_request& request, const message& m, steady_clock::time_point now) {
    if (m.param.request_state.empty())
        co_return std::shared_ptr<vmcp::running_call>();
    // Policies and what is known of the caller may have changed while the call waited.
    const bool permitted = co_await core_.permits(*request.from, m);
    auto found = parked_.take(vmcp::unquoted(m.param.request_state.raw).value_or(""), binding_of(request, m),
                              now, [&](const vmcp::running_call& waiting) -> vmcp::result<void> {
                                  if (permitted)
                                      return settle(waiting.questions(), m.param.input_responses.raw);
                                  give_up(waiting, "the client may not go on");
                                  return {};
                              });
    if (!permitted)
        co_return vmcp::denied();
    co_return found;
}

modern_front::call_ptr modern_front::new_call(const admitted_request& request, const message& m,
                                              const modern_envelope& envelope,
                                              const vmcp::trace_context& trace, bool may_ask,
                                              std::string& text) const {
    text = without_envelope(m);
    const auto plain = vmcp::read_message(text, request.settings->max_json_depth);
    auto terms = terms_of(request, envelope);
    if (m.param.input_responses.kind == vmcp::json_kind::object)
        terms.input_responses = m.param.input_responses.raw;
    terms.trace = trace;
    auto call =
        std::make_shared<vmcp::call>(*plain, std::move(terms), request.http.connection.home().executor());
    if (may_ask) {
        call->keep_bytes();
        std::string().swap(text);
    }
    return call;
}

asio::awaitable<bool> modern_front::carry_out(const admitted_request& request, const message& m,
                                              const call_ptr& call,
                                              std::shared_ptr<vmcp::running_call> running, bool may_ask,
                                              modern_reply& out) {
    std::optional<peer_watch> watch;
    if (call->terms().when_gone == vmcp::on_disconnect::cancel)
        watch.emplace(request.http.connection, [call] { call->cancel({}); });
    if (running || may_ask)
        co_return co_await run_or_park(request, m, call, std::move(running), out);
    co_await core_.handle(call, out);
    co_return !call->cancelled();
}

asio::awaitable<bool> modern_front::run_or_park(const admitted_request& request, const message& m,
                                                const call_ptr& call,
                                                std::shared_ptr<vmcp::running_call> running,
                                                modern_reply& out) {
    if (!running) {
        auto begun = vmcp::running_call::start(core_, call, request.http.connection.home().memory());
        if (!begun) {
            co_await out.fail(begun.error());
            co_return true;
        }
        running = std::move(*begun);
    }
    // Of a call that was parked, questions that the retry did not answer are asked again.
    auto open = running->questions();
    if (open.empty()) {
        using end = vmcp::running_call::end;
        out.of(running);
        if (const auto how = co_await running->attach(out); how != end::asked)
            co_return how == end::answered;
        open = running->questions();
    }
    const auto state = parked_.park(running, binding_of(request, m), counted(request),
                                    steady_clock::now() + request.settings->ask_timeout);
    if (!state) {
        running->of()->cancel({});
        co_await out.fail(state.error());
        co_return true;
    }
    co_await out.result("input_required", input_required(open, *state));
    co_return true;
}

} // namespace transport
