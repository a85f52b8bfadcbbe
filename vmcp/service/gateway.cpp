#include "vmcp/service/gateway.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/service/result_sinks.hpp"
#include "vmcp/service/things.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vmcp {
namespace {

// Whether a reply is a JSON-RPC error with this code.
bool is_error(const reply& answer, std::string_view code) {
    return answer.kind == answer_kind::error && json_member(answer.body, "code", 512).raw == code;
}

// A name that a client made up, as an error repeats it: it may be as long as a message.
std::string echoed(std::string_view name) {
    return excerpt_of(name, {}, 512);
}

failure not_found(const call& call, std::string_view uri) {
    constexpr std::size_t longest = 8192;
    auto missing = fail(errc::resource_not_found, echoed(uri));
    if (const auto raw = call.request().param.uri.raw; raw.size() <= longest)
        missing.data = fmt::format(R"({{"uri":{}}})", raw);
    return missing;
}

list_revision revision_of(const call_terms& terms) noexcept {
    return terms.spoken == era::modern ? list_revision::of_2026_07_28 : list_revision_of(terms.version);
}

// The request as the backend knows it: with the name or URI `slice` replaced, where it has another one there.
outgoing request_to(const snapshot& snap, const std::shared_ptr<call>& call, const route& to,
                    std::string_view exposed, const json_slice& slice, bool repeatable) {
    call->went_to(snap.backends[to.backend]->name());
    outgoing out{.what = call, .repeatable = repeatable};
    if (to.original != exposed) {
        out.name = slice;
        out.replacement = to.quoted_original;
    }
    return out;
}

} // namespace

const gateway::handled_method gateway::methods[] = {
    {"tools/call", &gateway::call_tool},
    {"tools/list", &gateway::list_tools},
    {"resources/read", &gateway::read_resource},
    {"resources/list", &gateway::list_resources},
    {"resources/templates/list", &gateway::list_templates},
    {"resources/subscribe", &gateway::subscribe},
    {"resources/unsubscribe", &gateway::unsubscribe},
    {"prompts/get", &gateway::get_prompt},
    {"prompts/list", &gateway::list_prompts},
    {"completion/complete", &gateway::complete},
    {"logging/setLevel", &gateway::set_level},
    {"ping", &gateway::ping},
};

awaitable<void> gateway::handle(std::shared_ptr<call> call, reply_sink& out) {
    const auto* const client = call->terms().session.get();
    auto shared = current_.load();
    auto snap = own_.at_hand(shared, client);
    if (!snap)
        snap = co_await own_.of(std::move(shared), client);
    const auto row = std::ranges::find(methods, call->request().method, &handled_method::method);
    if (row == std::end(methods)) {
        co_await out.fail(fail(errc::method_not_found, echoed(call->request().method)));
        co_return;
    }
    const auto outcome = co_await (this->*row->run)(call, out, *snap);
    if (!outcome && outcome.error().code != errc::cancelled)
        co_await out.fail(outcome.error());
}

// ---- what callers may do ----

awaitable<bool> gateway::may_use(const caller& who, list_kind kind, named_route found, std::string_view name,
                                 std::string_view arguments) {
    if (policy_.allows_all(who))
        co_return true;
    auto about = thing_at(*found.in, kind, name, found.to);
    about.arguments = arguments;
    co_return co_await policy_.decide(who, use_of(kind), about);
}

awaitable<bool> gateway::may_use(const caller& who, use how, const found_uri& found, std::string_view uri) {
    if (policy_.allows_all(who))
        co_return true;
    co_return co_await may_use(who, how, *found.in, list_kind::resources, found.to, names_of(found, uri));
}

awaitable<bool> gateway::may_use(const caller& who, use how, const catalog& in, list_kind kind,
                                 const std::optional<route>& to, const std::vector<std::string>& names) {
    if (policy_.allows_all(who))
        co_return true;
    for (const auto& name : names)
        if (!co_await policy_.decide(who, how, thing_at(in, kind, name, to ? &*to : nullptr)))
            co_return false;
    co_return true;
}

awaitable<bool> gateway::permits(const caller& who, const message& request) {
    const auto snap = current_.load();
    const auto& asked = request.param;
    if (request.method == "resources/read") {
        const auto uri = required(asked.uri, "uri");
        if (!uri)
            co_return false;
        co_return co_await may_use(who, use::read, find_any_resource(*snap, nullptr, *uri), *uri);
    }
    const auto name = required(asked.name, "name");
    if (!name || (request.method != "tools/call" && request.method != "prompts/get"))
        co_return false;
    const auto kind = request.method == "tools/call" ? list_kind::tools : list_kind::prompts;
    co_return co_await may_use(who, kind, find_named(*snap, kind, *name), *name, asked.arguments.raw);
}

awaitable<result<void>> gateway::ping(const call_ptr&, reply_sink& out, const snapshot&) {
    co_await out.done(reply::of_result("{}"));
    co_return result<void>();
}

// ---- lists ----

awaitable<result<void>> gateway::list(list_kind kind, const call_ptr& call, reply_sink& out,
                                      const snapshot& snap) {
    const auto& who = call->terms().from;
    const auto view =
        policy_.allows_all(*who) ? snap.views->whole() : co_await snap.views->view_for(who, policy_);
    std::string made;
    const auto page =
        view->list(kind, revision_of(call->terms())).page(call->request().param.cursor.raw, made);
    if (!page)
        co_return page.error();
    co_await out.done(reply::of_result(*page));
    co_return result<void>();
}

awaitable<result<void>> gateway::list_tools(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return list(list_kind::tools, call, out, snap);
}

awaitable<result<void>> gateway::list_prompts(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return list(list_kind::prompts, call, out, snap);
}

awaitable<result<void>> gateway::list_resources(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return list(list_kind::resources, call, out, snap);
}

awaitable<result<void>> gateway::list_templates(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return list(list_kind::templates, call, out, snap);
}

// ---- tools and prompts ----

awaitable<result<void>> gateway::call_tool(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return use_named(list_kind::tools, call, out, snap);
}

awaitable<result<void>> gateway::within_limits(const call& call, named_route found, std::string_view name,
                                               const snapshot& snap) {
    const auto& terms = call.terms();
    const auto within = co_await rates_->check(snap.settings->rate_limits, *terms.from, name);
    // Where it becomes a result, what structured content is there would have to fit the tool's own schema.
    if (within || terms.spoken != era::legacy || !declares_output(*found.in, *found.to))
        co_return within;
    auto why = within.error();
    why.data.clear();
    co_return why;
}

awaitable<result<void>> gateway::get_prompt(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return use_named(list_kind::prompts, call, out, snap);
}

awaitable<result<void>> gateway::use_named(list_kind kind, const call_ptr& call, reply_sink& out,
                                           const snapshot& snap) {
    const auto& request = call->request();
    const auto name = required(request.param.name, "name");
    if (!name)
        co_return name.error();
    const auto found = find_named(snap, kind, *name);
    const auto* const to = found.to;
    if (!co_await may_use(*call->terms().from, kind, found, *name, request.param.arguments.raw))
        co_return denied();
    if (to == nullptr)
        co_return fail(kind == list_kind::tools ? errc::unknown_tool : errc::unknown_prompt, echoed(*name));
    // What no backend would be asked takes no token.
    if (kind == list_kind::tools && rates_ != nullptr && snap.settings->rate_limits.enabled())
        if (auto within = co_await within_limits(*call, found, *name, snap); !within)
            co_return within.error();

    const bool repeatable = kind == list_kind::prompts;
    const auto outward = request_to(snap, call, *to, *name, request.param.name, repeatable);
    const auto& owner = snap.backends[to->backend];
    if (!owner->offers_resources()) // nothing it says can be read back
        co_return co_await owner->exchange(outward, out);
    resource_sink results(out, call->terms().session.get(), *snap.catalog, to->backend);
    co_return co_await owner->exchange(outward, results);
}

// ---- resources ----

awaitable<result<void>> gateway::read_resource(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    const auto& slice = call->request().param.uri;
    const auto uri = required(slice, "uri");
    if (!uri)
        co_return uri.error();
    const auto found = find_any_resource(snap, call->terms().session.get(), *uri);
    const auto& to = found.to;
    if (!co_await may_use(*call->terms().from, use::read, found, *uri))
        co_return denied();
    if (!to)
        co_return co_await read_unlisted(call, out, snap, *uri);
    resource_sink results(out, call->terms().session.get(), *snap.catalog, to->backend);
    co_return co_await snap.backends[to->backend]->exchange(request_to(snap, call, *to, *uri, slice, true),
                                                            results);
}

// A URI that no list has and that no backend mentioned to this client: the backends are asked in order, and the first that
// knows it answers.
awaitable<result<void>> gateway::read_unlisted(const call_ptr& call, reply_sink& out, const snapshot& snap,
                                               std::string_view uri) {
    constexpr int most_asked = 8; // a made-up URI must not reach hundreds of backends
    int asked = 0;
    for (std::uint32_t i = 0; i < snap.backends.size() && asked < most_asked; ++i) {
        if (!snap.backends[i]->offers_resources())
            continue;
        ++asked;
        call->went_to(snap.backends[i]->name());
        holding_sink answer(out, memory_);
        const auto outcome = co_await snap.backends[i]->exchange({.what = call, .repeatable = true}, answer);
        if (!outcome && outcome.error().code == errc::cancelled)
            co_return outcome.error();
        if (!outcome || answer.held().kind == answer_kind::error)
            continue;
        auto* const session = call->terms().session.get();
        resource_sink results(out, session, *snap.catalog, i, session == nullptr ? uri : std::string_view());
        co_await results.done(answer.held());
        co_return result<void>();
    }
    co_return not_found(*call, uri);
}

awaitable<result<void>> gateway::subscribe(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return change_subscription(call, out, snap, true);
}

awaitable<result<void>> gateway::unsubscribe(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    return change_subscription(call, out, snap, false);
}

awaitable<result<void>> gateway::change_subscription(const call_ptr& call, reply_sink& out,
                                                     const snapshot& snap, bool subscribe) {
    const auto& session = call->terms().session;
    if (!session)
        co_return fail(errc::method_not_found, std::string(call->request().method));
    const auto& slice = call->request().param.uri;
    const auto uri = required(slice, "uri");
    if (!uri)
        co_return uri.error();
    const auto found = find_any_resource(snap, session.get(), *uri);
    const auto& to = found.to;
    if (!co_await may_use(*call->terms().from, use::subscribe, found, *uri))
        co_return denied();
    if (!to)
        co_return not_found(*call, *uri);
    const auto& owner = snap.backends[to->backend];
    const auto with_owner = owner->session_for(session);
    // Updates come on the backend's stream: it is opened before the first of them can be.
    if (subscribe)
        with_owner->listen();
    holding_sink answer(out, memory_);
    if (auto outcome = co_await owner->exchange(request_to(snap, call, *to, *uri, slice, true), answer);
        !outcome)
        co_return outcome.error();
    if (answer.held().kind != answer_kind::error) {
        with_owner->remember_subscription(to->original, subscribe);
        session->remember_subscription({owner->name(), to->original, *uri}, subscribe);
    }
    co_await out.done(answer.held());
    co_return result<void>();
}

// ---- the rest ----

awaitable<result<void>> gateway::complete(const call_ptr& call, reply_sink& out, const snapshot& snap) {
    const auto ref = read_reference(call->request());
    if (!ref)
        co_return ref.error();
    const auto found = find_reference(snap, *ref);
    const auto& to = found.to;
    const auto kind = ref->prompt ? list_kind::prompts : list_kind::templates;
    if (!co_await may_use(*call->terms().from, use::complete, *snap.catalog, kind, to, found.names))
        co_return denied();
    if (!to)
        co_return fail(ref->prompt ? errc::unknown_prompt : errc::invalid_params, echoed(ref->exposed));
    holding_sink answer(out, memory_);
    const auto outward = request_to(snap, call, *to, ref->exposed, ref->slice, true);
    if (auto outcome = co_await snap.backends[to->backend]->exchange(outward, answer); !outcome)
        co_return outcome.error();
    // vmcp offers completion for all backends together; one that has none has no suggestions.
    if (is_error(answer.held(), "-32601"))
        co_await out.done(reply::of_result(R"({"completion":{"values":[],"hasMore":false}})"));
    else
        co_await out.done(answer.held());
    co_return result<void>();
}

awaitable<result<void>> gateway::set_level(const call_ptr& call, reply_sink& out, const snapshot&) {
    const auto& session = call->terms().session;
    if (!session)
        co_return fail(errc::method_not_found, std::string(call->request().method));
    const auto text = required(call->request().param.level, "level");
    if (!text)
        co_return text.error();
    const auto level = parse_log_level(*text);
    if (!level)
        co_return fail(errc::invalid_params,
                       fmt::format("\"level\" must be one of {}", fmt::join(log_level_texts, ", ")));
    session->set_level(*level);
    co_await out.done(reply::of_result("{}"));
    co_return result<void>();
}

} // namespace vmcp
