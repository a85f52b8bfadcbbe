#include "vmcp/service/gateway.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/service/result_sinks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vmcp {
namespace {

// The name or URI a request must have, decoded.
result<std::string> required(const json_slice& member, std::string_view name) {
    if (member.kind != json_kind::string || member.empty())
        return fail(errc::invalid_params, fmt::format("\"{}\" must be a string", name));
    auto text = unquoted(member.raw);
    if (!text)
        return fail(errc::invalid_params, fmt::format("\"{}\" holds a lone surrogate", name));
    return std::move(*text);
}

std::uint32_t index_of(const snapshot& snap, std::string_view backend) {
    const auto& names = snap.catalog->backends();
    return static_cast<std::uint32_t>(std::ranges::find(names, backend) - names.begin());
}

// Two readers of an object that has a member twice may see two different values.
bool has_twice(std::string_view object, std::string_view key) {
    json_cursor cursor(object, 512);
    std::string_view raw_key;
    json_slice value;
    bool done = false;
    int times = 0;
    if (!cursor.enter_object())
        return false;
    while (cursor.next_member(raw_key, done) && !done && cursor.value(value))
        times += json_key_is(raw_key, key) ? 1 : 0;
    return times > 1;
}

// Whether a response is a JSON-RPC error with this code.
bool is_error(std::string_view response, std::string_view code) {
    const auto error = json_member(response, "error", 512);
    return json_member(error.raw, "code", 512).raw == code;
}

failure not_found(const call& what, std::string_view uri) {
    auto missing = fail(errc::resource_not_found, std::string(uri));
    missing.data = fmt::format(R"({{"uri":{}}})", what.request.param.uri.raw);
    return missing;
}

outgoing plain(const call& what) {
    return outgoing{.from = what};
}

} // namespace

const gateway::method_row gateway::methods[] = {
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

result<opened_session> gateway::open(const message& request, std::shared_ptr<const principal> who) {
    const auto requested = json_member(request.params.raw, "protocolVersion", 512);
    if (requested.kind != json_kind::string || requested.empty())
        return fail(errc::invalid_params, "\"protocolVersion\" must be a string");
    const auto version = negotiate(unquoted(requested.raw).value_or(""));
    auto capabilities = read_client_capabilities(json_member(request.params.raw, "capabilities", 512).raw);
    auto made = sessions_.create(version, std::move(capabilities), std::move(who), steady_clock::now());
    if (!made)
        return made.error();

    const auto snap = now();
    std::string text =
        fmt::format(R"({{"protocolVersion":"{}","capabilities":{},"serverInfo":{{"name":{},"version":{}}})",
                    text_of(version), snap->catalog->capabilities(), quoted(snap->settings->name),
                    quoted(program_version));
    if (!snap->catalog->instructions().empty()) {
        text.append(R"(,"instructions":)");
        append_quoted(text, snap->catalog->instructions());
    }
    return opened_session{std::move(*made), text + "}"};
}

awaitable<void> gateway::handle(const call& what, reply_sink& out) {
    const auto snap = now();
    const auto row = std::ranges::find(methods, what.request.method, &method_row::method);
    if (row == std::end(methods)) {
        co_await send_error(what, out, fail(errc::method_not_found, std::string(what.request.method)));
        co_return;
    }
    const auto outcome = co_await (this->*row->run)(what, out, *snap);
    if (!outcome && outcome.error().code != errc::cancelled)
        co_await send_error(what, out, outcome.error());
}

awaitable<void> gateway::notice(const call& what) {
    const auto& method = what.request.method;
    if (method == "notifications/cancelled") {
        what.session->cancel_call(what.request.param.request_id.raw,
                                  json_member(what.request.params.raw, "reason", 512).raw);
    } else if (method == "notifications/progress") {
        what.session->ask_progress(what.request);
    } else if (method == "notifications/roots/list_changed") {
        for (const auto& b : what.session->backends())
            b->notify(std::string(what.request.whole));
    }
    // Others, such as notifications/initialized, need nothing.
    co_return;
}

awaitable<result<void>> gateway::ping(const call& what, reply_sink& out, const snapshot&) {
    co_await send_result(what, out, "{}");
    co_return result<void>();
}

awaitable<result<void>> gateway::list(list_kind kind, const call& what, reply_sink& out,
                                      const snapshot& snap) {
    const auto page = snap.catalog->page(kind, what.request.param.cursor.raw);
    if (!page)
        co_return page.error();
    co_await send_result(what, out, page->result);
    co_return result<void>();
}

awaitable<result<void>> gateway::list_tools(const call& what, reply_sink& out, const snapshot& snap) {
    return list(list_kind::tools, what, out, snap);
}

awaitable<result<void>> gateway::list_prompts(const call& what, reply_sink& out, const snapshot& snap) {
    return list(list_kind::prompts, what, out, snap);
}

awaitable<result<void>> gateway::list_resources(const call& what, reply_sink& out, const snapshot& snap) {
    return list(list_kind::resources, what, out, snap);
}

awaitable<result<void>> gateway::list_templates(const call& what, reply_sink& out, const snapshot& snap) {
    return list(list_kind::templates, what, out, snap);
}

awaitable<result<void>> gateway::call_tool(const call& what, reply_sink& out, const snapshot& snap) {
    const auto name = required(what.request.param.name, "name");
    if (!name)
        co_return name.error();
    if (auto allowed = policy_.admit(*what.who, what.request.method, *name); !allowed)
        co_return allowed.error();
    const route* to = snap.catalog->find_tool(*name);
    if (to == nullptr && snap.withdrawn)
        to = snap.withdrawn->find_tool(*name);
    if (to == nullptr)
        co_return fail(errc::unknown_tool, *name);

    outgoing call_out = plain(what);
    if (to->renamed) {
        call_out.name = what.request.param.name;
        call_out.replacement = to->quoted_original;
    }
    const auto& link = snap.links[to->backend];
    if (!link->offers_resources()) // nothing it says can be read back
        co_return co_await link->exchange(call_out, out);
    resource_sink results(out, *what.session, *snap.catalog, to->backend);
    co_return co_await link->exchange(call_out, results);
}

awaitable<result<void>> gateway::get_prompt(const call& what, reply_sink& out, const snapshot& snap) {
    const auto name = required(what.request.param.name, "name");
    if (!name)
        co_return name.error();
    if (auto allowed = policy_.admit(*what.who, what.request.method, *name); !allowed)
        co_return allowed.error();
    const route* to = snap.catalog->find_prompt(*name);
    if (to == nullptr && snap.withdrawn)
        to = snap.withdrawn->find_prompt(*name);
    if (to == nullptr)
        co_return fail(errc::unknown_prompt, *name);

    outgoing call_out{.from = what, .repeatable = true};
    if (to->renamed) {
        call_out.name = what.request.param.name;
        call_out.replacement = to->quoted_original;
    }
    const auto& link = snap.links[to->backend];
    if (!link->offers_resources()) // nothing it says can be read back
        co_return co_await link->exchange(call_out, out);
    resource_sink results(out, *what.session, *snap.catalog, to->backend);
    co_return co_await link->exchange(call_out, results);
}

awaitable<result<void>> gateway::read_resource(const call& what, reply_sink& out, const snapshot& snap) {
    const auto uri = required(what.request.param.uri, "uri");
    if (!uri)
        co_return uri.error();
    if (auto allowed = policy_.admit(*what.who, what.request.method, *uri); !allowed)
        co_return allowed.error();

    auto to = snap.catalog->find_resource(*uri);
    if (!to && snap.withdrawn)
        to = snap.withdrawn->find_resource(*uri);
    if (to) {
        outgoing call_out{.from = what, .repeatable = true};
        if (to->original != *uri) {
            call_out.name = what.request.param.uri;
            call_out.replacement = to->quoted_original;
        }
        resource_sink results(out, *what.session, *snap.catalog, to->backend);
        co_return co_await snap.links[to->backend]->exchange(call_out, results);
    }
    co_return co_await read_unlisted(what, out, snap, *uri);
}

// Links in results need not be listed (MCP 2025-11-25, server/tools, "Resource Links"): the backend that
// mentioned the URI to this client is asked first, then all others in order, and the first that knows it
// answers.
awaitable<result<void>> gateway::read_unlisted(const call& what, reply_sink& out, const snapshot& snap,
                                               std::string_view uri) {
    const auto source = what.session->learned(uri);
    const auto owner = source ? index_of(snap, *source) : static_cast<std::uint32_t>(snap.links.size());
    std::vector<std::uint32_t> candidates;
    for (std::uint32_t i = 0; i < snap.links.size(); ++i)
        if (snap.links[i]->offers_resources())
            candidates.insert(i == owner ? candidates.begin() : candidates.end(), i);
    constexpr std::size_t most_asked = 8; // a made-up URI must not reach hundreds of backends
    if (candidates.size() > most_asked)
        candidates.resize(most_asked);
    std::optional<failure> owner_failed; // it may well have the resource: "not found" would be wrong
    for (const auto backend : candidates) {
        holding_sink answer(out);
        const outgoing call_out{.from = what, .repeatable = true};
        const auto outcome = co_await snap.links[backend]->exchange(call_out, answer);
        if (!outcome && outcome.error().code == errc::cancelled)
            co_return outcome.error();
        if (outcome && json_member(answer.response(), "error", 512).empty()) {
            resource_sink results(out, *what.session, *snap.catalog, backend);
            co_await results.done(gather(answer.response()));
            co_return result<void>();
        }
        if (!outcome && backend == owner)
            owner_failed = outcome.error();
    }
    if (owner_failed)
        co_return *std::move(owner_failed);
    co_return not_found(what, uri);
}

awaitable<result<void>> gateway::subscribe(const call& what, reply_sink& out, const snapshot& snap) {
    return change_subscription(what, out, snap, true);
}

awaitable<result<void>> gateway::unsubscribe(const call& what, reply_sink& out, const snapshot& snap) {
    return change_subscription(what, out, snap, false);
}

awaitable<result<void>> gateway::change_subscription(const call& what, reply_sink& out, const snapshot& snap,
                                                     bool subscribe) {
    const auto uri = required(what.request.param.uri, "uri");
    if (!uri)
        co_return uri.error();
    if (auto allowed = policy_.admit(*what.who, what.request.method, *uri); !allowed)
        co_return allowed.error();
    auto to = snap.catalog->find_resource(*uri);
    if (!to) {
        const auto source = what.session->learned(*uri);
        const auto backend = source ? index_of(snap, *source) : static_cast<std::uint32_t>(snap.links.size());
        if (backend >= snap.links.size())
            co_return not_found(what, *uri);
        to = route{.backend = backend, .original = *uri, .quoted_original = quoted(*uri)};
    }
    const auto& link = snap.links[to->backend];
    const auto session = link->session_for(what.session);
    // Updates come on the backend's stream: it is opened before the first of them can be.
    if (subscribe)
        session->listen();
    outgoing call_out{.from = what, .repeatable = true};
    if (to->original != *uri) {
        call_out.name = what.request.param.uri;
        call_out.replacement = to->quoted_original;
    }
    holding_sink answer(out);
    if (auto outcome = co_await link->exchange(call_out, answer); !outcome)
        co_return outcome.error();
    if (!json_member(answer.response(), "result", 512).empty())
        session->remember_subscription(to->original, subscribe);
    co_await out.done(gather(answer.response()));
    co_return result<void>();
}

awaitable<result<void>> gateway::complete(const call& what, reply_sink& out, const snapshot& snap) {
    const auto& ref = what.request.param.ref;
    for (const std::string_view key : {"type", "name", "uri"})
        if (has_twice(ref.raw, key))
            co_return fail(errc::invalid_params, fmt::format("\"ref.{}\" is given twice", key));
    const auto type = unquoted(json_member(ref.raw, "type", 512).raw).value_or("");
    const bool prompt = type == "ref/prompt";
    if (!prompt && type != "ref/resource")
        co_return fail(errc::invalid_params, R"("ref.type" must be "ref/prompt" or "ref/resource")");
    const json_slice name = json_member(ref.raw, prompt ? "name" : "uri", 512);
    const auto exposed = required(name, prompt ? "ref.name" : "ref.uri");
    if (!exposed)
        co_return exposed.error();
    if (auto allowed = policy_.admit(*what.who, what.request.method, *exposed); !allowed)
        co_return allowed.error();

    const route* to = prompt ? snap.catalog->find_prompt(*exposed) : snap.catalog->find_template(*exposed);
    // The reference may be the URI of a resource instead (MCP, "Completion": ref/resource).
    const auto resource = to == nullptr && !prompt ? snap.catalog->find_resource(*exposed) : std::nullopt;
    if (resource)
        to = &*resource;
    if (to == nullptr)
        co_return fail(prompt ? errc::unknown_prompt : errc::invalid_params, *exposed);
    outgoing call_out{.from = what, .repeatable = true};
    if (to->original != *exposed) {
        call_out.name = name;
        call_out.replacement = to->quoted_original;
    }
    holding_sink answer(out);
    if (auto outcome = co_await snap.links[to->backend]->exchange(call_out, answer); !outcome)
        co_return outcome.error();
    // vmcp offers completion for all backends together; one that has none has no suggestions.
    if (is_error(answer.response(), "-32601"))
        co_await send_result(what, out, R"({"completion":{"values":[],"hasMore":false}})");
    else
        co_await out.done(gather(answer.response()));
    co_return result<void>();
}

awaitable<result<void>> gateway::set_level(const call& what, reply_sink& out, const snapshot&) {
    const auto text = required(what.request.param.level, "level");
    if (!text)
        co_return text.error();
    const auto level = parse_log_level(*text);
    if (!level)
        co_return fail(errc::invalid_params,
                       fmt::format("\"level\" must be one of {}", fmt::join(log_level_texts, ", ")));
    what.session->set_level(*level);
    co_await send_result(what, out, "{}");
    co_return result<void>();
}

} // namespace vmcp
