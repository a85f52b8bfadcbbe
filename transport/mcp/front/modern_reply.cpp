#include "transport/mcp/front/modern_reply.hpp"

#include "transport/mcp/front/input_required.hpp"
#include "transport/mcp/front/request_id.hpp"
#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"

#include <fmt/format.h>

#include <string>

namespace transport {

using vmcp::any_depth;
using vmcp::errc;

namespace {

constexpr std::string_view complete = "complete";
constexpr std::string_view server_info_key = "io.modelcontextprotocol/serverInfo";

// A backend of 2025-11-25 wants its client to visit a URL first. This revision has a result for that.
constexpr std::string_view url_elicitation_required = "-32042";

// A resource that is not there is an invalid parameter in this revision (server/resources, "Error Handling").
constexpr int legacy_not_found = -32002;
constexpr int modern_code(int legacy) {
    return legacy == legacy_not_found ? -32602 : legacy;
}

bool is_empty_object(std::string_view object) {
    return object.find_first_not_of(" \t\r\n", 1) == object.size() - 1;
}

// What goes right behind the opening brace of a result.
std::string head_of(std::string_view type, const cache_hint* hint, std::string_view meta, bool more) {
    std::string out = "{";
    const auto add = [&](std::string_view member) { out.append(out.size() > 1 ? "," : "").append(member); };
    if (!type.empty())
        add(fmt::format(R"("resultType":"{}")", type));
    if (hint != nullptr)
        add(fmt::format(R"("ttlMs":{},"cacheScope":"{}")", hint->ttl_ms,
                        hint->shared ? "public" : "private"));
    if (!meta.empty())
        add(fmt::format(R"("_meta":{})", meta));
    if (more && out.size() > 1)
        out.append(",");
    return out;
}

vmcp::failure capability_failure(std::string_view question, std::string_view needs) {
    auto why = vmcp::fail(errc::capability_required, std::string(question));
    why.data = fmt::format(R"({{"requiredCapabilities":{}}})", needs);
    return why;
}

// Servers hand on why a question was refused, when a call fails for that. Another one fails in its own words.
bool for_want_of_a_capability(const vmcp::reply& answer) {
    return answer.kind != vmcp::answer_kind::result &&
           answer.body.find(row_of(errc::capability_missing).text) != std::string_view::npos;
}

// Errors of this revision about a request itself, which here is the gateway's own.
bool is_about_the_request(std::string_view code) {
    return code == "-32020" || code == "-32021" || code == "-32022";
}

// `required` (raw ClientCapabilities) has something that the client did not declare.
bool lacks_any_of(const vmcp::client_capabilities& can, std::string_view required) {
    vmcp::json_cursor cursor(required, any_depth);
    std::string_view key;
    vmcp::json_slice value;
    bool done = false;
    if (!cursor.enter_object())
        return false;
    while (cursor.next_member(key, done) && !done && cursor.value(value)) {
        const auto declared = vmcp::json_member(can.raw, vmcp::unquoted(key).value_or(""));
        const auto more = vmcp::without_members(
            value.raw, [&](std::string_view part) { return !vmcp::json_member(declared.raw, part).empty(); });
        if (declared.empty() || (more.starts_with('{') && !is_empty_object(more)))
            return true;
    }
    return false;
}

// A backend that speaks this revision too has written members that are the gateway's to write, or null in their place.
bool has_own_members(const vmcp::reply& answer, bool cacheable) {
    if (!answer.meta.empty() && (!answer.meta.starts_with('{') ||
                                 !vmcp::json_member(answer.meta, server_info_key, any_depth).empty()))
        return true;
    vmcp::json_cursor cursor(answer.body, any_depth);
    std::string_view key;
    vmcp::json_slice value;
    bool done = false;
    if (!cacheable || answer.whole.empty() || !cursor.enter_object()) // what the gateway made itself has none
        return false;
    while (cursor.next_member(key, done) && !done && cursor.value(value))
        if (vmcp::json_key_is(key, "ttlMs") || vmcp::json_key_is(key, "cacheScope"))
            return true;
    return false;
}

std::string without_own_members(const vmcp::reply& answer, bool cacheable) {
    const bool has_meta = answer.meta.starts_with('{');
    auto out = vmcp::without_members(answer.body, [&](std::string_view name) {
        return (cacheable && (name == "ttlMs" || name == "cacheScope")) || name == "_meta";
    });
    if (!has_meta)
        return out;
    const auto meta =
        vmcp::without_members(answer.meta, [](std::string_view name) { return name == server_info_key; });
    return fmt::format(R"({{"_meta":{}{}{})", meta, is_empty_object(out) ? "" : ",", out.substr(1));
}

} // namespace

std::string server_meta(std::string_view gateway_name) {
    return fmt::format(R"({{"{}":{{"name":{},"version":{}}}}})", server_info_key, vmcp::quoted(gateway_name),
                       vmcp::quoted(vmcp::program_version));
}

std::string modern_error(std::string_view raw_error, std::string_view raw_uri) {
    const auto code = vmcp::json_member(raw_error, "code", 512);
    if (code.raw != std::to_string(legacy_not_found))
        return std::string(raw_error);
    const std::string modern = std::to_string(modern_code(legacy_not_found));
    vmcp::splice text(raw_error);
    text.replace(code.raw, modern);
    const auto data = vmcp::json_member(raw_error, "data", 512);
    const std::string with_uri = fmt::format(R"({{"uri":{}}})", raw_uri);
    const std::string with_data = fmt::format(R"({{"data":{},)", with_uri);
    if (!raw_uri.empty() && data.empty())
        text.replace(raw_error.substr(0, 1), with_data);
    else if (!raw_uri.empty() && vmcp::json_member(data.raw, "uri", 512).empty())
        text.replace(data.raw, with_uri);
    return text.pieces().str();
}

vmcp::awaitable<void> modern_reply::notify(const vmcp::gather& message) {
    const std::string text = message.str();
    const auto m = vmcp::read_message(text, 1000);
    if (!m)
        co_return;
    if (m->method == "notifications/message") {
        // A retry may want less than the request that its call began with.
        if (of_.level != vmcp::log_level::unset && vmcp::wants_log(of_.level, m->param.level.raw))
            co_await to_.notify(message);
    } else if (m->method == "notifications/progress" && !of_.raw_token.empty()) {
        // Of a call that was asked before, the token is that of its first request.
        vmcp::splice mine(text);
        mine.replace(m->param.progress_token.raw, of_.raw_token);
        co_await to_.notify(mine.pieces());
    }
    // Others do not belong on the stream of a request (basic/patterns/subscriptions).
}

vmcp::result<std::shared_ptr<vmcp::pending_ask>> modern_reply::ask(const vmcp::message& request) {
    if (of_.can != nullptr)
        refused_ = {std::string(request.method), of_.can->lacking(request.method, request.params.raw)};
    return vmcp::fail(errc::capability_missing, std::string(request.method));
}

vmcp::awaitable<void> modern_reply::done(const vmcp::reply& answer) {
    if (running_)
        refused_ = running_->refused();
    if (refused_ && for_want_of_a_capability(answer)) {
        co_await fail(capability_failure(refused_->method, refused_->needs));
        co_return;
    }
    if (const auto full = to_.no_room_for(answer.text().size())) {
        co_await fail(*full);
        co_return;
    }
    end_ = end_of(answer.kind);
    if (of_.note != nullptr)
        of_.note->answered(answer);
    if (answer.kind != vmcp::answer_kind::error) {
        co_await backend_result(answer);
        co_return;
    }
    const auto code = vmcp::json_member(answer.body, "code", any_depth).raw;
    if (code == url_elicitation_required)
        co_await url_required(answer.body);
    else if (is_about_the_request(code))
        co_await request_refused(answer.body);
    else
        co_await error(modern_error(answer.body, of_.raw_uri));
}

vmcp::awaitable<void> modern_reply::url_required(std::string_view raw_error) {
    const auto inputs = of_.can != nullptr ? read_url_inputs(raw_error) : std::nullopt;
    if (!inputs) {
        co_await fail(vmcp::fail(errc::backend_protocol, "it wants a URL to be visited, where none can be"));
        co_return;
    }
    constexpr std::string_view question = "elicitation/create";
    if (const auto needs = of_.can->lacking(question, R"({"mode":"url"})"); !needs.empty()) {
        co_await fail(capability_failure(question, needs));
        co_return;
    }
    // Asking again would not change a person's mind.
    if (inputs->refused_in(of_.raw_responses)) {
        co_await error(
            R"({"code":-32603,"message":"The call needs a URL to be visited, which was refused"})");
        co_return;
    }
    end_ = call_end::success;
    co_await result("input_required", inputs->result);
}

vmcp::awaitable<void> modern_reply::request_refused(std::string_view raw_error) {
    const auto data = vmcp::json_member(raw_error, "data", any_depth);
    const auto needs = vmcp::json_member(data.raw, "requiredCapabilities", any_depth);
    if (of_.can != nullptr && lacks_any_of(*of_.can, needs.raw))
        co_await error(raw_error, row_of(errc::capability_required).http_status);
    else
        co_await fail(vmcp::fail(errc::backend_protocol, "it refused the request as the gateway wrote it"));
}

vmcp::awaitable<void> modern_reply::backend_result(const vmcp::reply& given) {
    if (!given.body.starts_with('{') || (!given.type.empty() && given.type != R"("complete")")) {
        co_await fail(vmcp::fail(errc::backend_protocol, "its result is not one of the revision it speaks"));
        co_return;
    }
    vmcp::reply answer = given;
    std::string mended;
    if (has_own_members(given, of_.hint != nullptr)) {
        mended = without_own_members(given, of_.hint != nullptr);
        answer = vmcp::reply::of_result(mended);
        answer.meta = vmcp::json_member(mended, "_meta", any_depth).raw;
        answer.type = given.type;
    }
    const bool has_meta = !answer.meta.empty();
    const std::string head = head_of(answer.type.empty() ? complete : "", of_.hint, has_meta ? "" : of_.meta,
                                     !is_empty_object(answer.body));
    const std::string meta = has_meta ? std::string(of_.meta.substr(0, of_.meta.size() - 1)) +
                                            (is_empty_object(answer.meta) ? "" : ",")
                                      : std::string();
    const bool whole = !answer.id.empty();
    vmcp::splice text(whole ? answer.whole : answer.body);
    text.replace(answer.body.substr(0, 1), head);
    if (has_meta)
        text.replace(answer.meta.substr(0, 1), meta);
    if (whole) {
        text.replace(answer.id, of_.raw_id);
        vmcp::leave_out(text, answer.surplus);
        co_await respond(text.pieces());
        co_return;
    }
    const std::string message = vmcp::result_message(of_.raw_id, text.pieces().str());
    co_await respond(vmcp::gather(message));
}

vmcp::awaitable<void> modern_reply::result(std::string_view type, std::string_view body) {
    const std::string message = vmcp::result_message(
        of_.raw_id, head_of(type, type == complete ? of_.hint : nullptr, of_.meta, !is_empty_object(body))
                        .append(body.substr(1)));
    co_await respond(vmcp::gather(message));
}

vmcp::awaitable<void> modern_reply::respond(const vmcp::gather& message, unsigned status) {
    bytes_ = message.size();
    if (of_.note != nullptr)
        of_.note->wrote(message);
    return to_.respond(message, status);
}

vmcp::awaitable<void> modern_reply::error(std::string_view raw_error, unsigned status) {
    const std::string message =
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", of_.raw_id, raw_error);
    co_await respond(vmcp::gather(message), status);
}

vmcp::awaitable<void> modern_reply::fail(const vmcp::failure& why) {
    end_ = call_end::error;
    if (of_.note != nullptr)
        of_.note->failed(why);
    const auto& row = row_of(why.code);
    const auto shown = with_request_id(why, to_.request_id());
    const std::string message =
        vmcp::error_message(of_.raw_id, modern_code(row.rpc_code), shown.message(), shown.data);
    if (why.code != errc::no_memory) {
        co_await respond(vmcp::gather(message), status_of(why.code));
        co_return;
    }
    bytes_ = message.size();
    co_await to_.refuse(why, message);
}

} // namespace transport
