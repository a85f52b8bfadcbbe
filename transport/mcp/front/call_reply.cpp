#include "transport/mcp/front/call_reply.hpp"

#include "transport/mcp/front/request_id.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <string>

namespace transport {
namespace {

// As ToolHive does it in these revisions: a model reads what a tool says, and seldom what an error does. No data is no
// structured content.
std::string rate_limit_result(const vmcp::failure& why) {
    std::string out = fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":true)",
                                  vmcp::quoted(why.message()));
    if (!why.data.empty())
        out += fmt::format(R"(,"structuredContent":{{"code":{},{})", row_of(why.code).rpc_code,
                           std::string_view(why.data).substr(1));
    return out + "}";
}

} // namespace

vmcp::awaitable<void> call_reply::done(const vmcp::reply& answer) {
    if (const auto full = to_.no_room_for(answer.text().size())) {
        co_await fail(*full);
        co_return;
    }
    end_ = end_of(answer.kind);
    if (note_ != nullptr)
        note_->answered(answer);
    if (!answer.id.empty()) {
        // The backend's own bytes, unknown members included.
        vmcp::splice message(answer.whole);
        message.replace(answer.id, raw_id_);
        vmcp::leave_out(message, answer.surplus);
        co_await respond(message.pieces());
        co_return;
    }
    vmcp::gather message;
    message.add(R"({"jsonrpc":"2.0","id":)");
    message.add(raw_id_);
    message.add(answer.kind == vmcp::answer_kind::error ? R"(,"error":)" : R"(,"result":)");
    message.add(answer.body);
    message.add("}");
    co_await respond(message);
}

vmcp::awaitable<void> call_reply::fail(const vmcp::failure& why) {
    end_ = call_end::error;
    if (note_ != nullptr)
        note_->failed(why);
    if (why.code == vmcp::errc::rate_limited) {
        end_ = call_end::tool_error;
        const std::string refusal = vmcp::result_message(raw_id_, rate_limit_result(why));
        co_await respond(vmcp::gather(refusal));
        co_return;
    }
    const std::string text = vmcp::error_message(raw_id_, with_request_id(why, to_.request_id()));
    if (why.code != vmcp::errc::no_memory) {
        co_await respond(vmcp::gather(text), status_of(why.code));
        co_return;
    }
    bytes_ = text.size();
    co_await to_.refuse(why, text);
}

vmcp::awaitable<void> call_reply::respond(const vmcp::gather& message, unsigned status) {
    bytes_ = message.size();
    if (note_ != nullptr)
        note_->wrote(message);
    return to_.respond(message, status);
}

} // namespace transport
