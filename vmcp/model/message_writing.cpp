// The messages that the gateway writes itself, and those that it passes on under an id of its own.
#include "vmcp/base/gather.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/message.hpp"

#include <fmt/format.h>

#include <iterator>

namespace vmcp {

std::string result_message(std::string_view id, std::string_view result) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

namespace {

// The member "error", and the end of the message.
void append_error(std::string& out, int code, std::string_view message_text, std::string_view data) {
    out.append(fmt::format(R"("error":{{"code":{},"message":)", code));
    append_quoted(out, message_text);
    if (!data.empty())
        out.append(R"(,"data":)").append(data);
    out.append("}}");
}

} // namespace

std::string error_message(std::string_view id, int code, std::string_view message_text,
                          std::string_view data) {
    std::string out = R"({"jsonrpc":"2.0","id":)";
    out.append(id.empty() ? std::string_view("null") : id).append(",");
    append_error(out, code, message_text, data);
    return out;
}

std::string orphan_error_message(const failure& why) {
    std::string out = R"({"jsonrpc":"2.0",)";
    append_error(out, row_of(why.code).rpc_code, why.message(), why.data);
    return out;
}

std::string error_message(std::string_view id, const failure& why) {
    return error_message(id, row_of(why.code).rpc_code, why.message(), why.data);
}

std::string request_message(std::string_view id, std::string_view method, std::string_view params) {
    if (params.empty())
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}"}})", id, method);
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", id, method, params);
}

std::string notification_message(std::string_view method, std::string_view params) {
    if (params.empty())
        return fmt::format(R"({{"jsonrpc":"2.0","method":"{}"}})", method);
    return fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{}}})", method, params);
}

std::string question_message(std::uint64_t id, const message& request) {
    const std::string raw_id = std::to_string(id);
    splice text(request.whole);
    text.replace(request.id.raw, raw_id);
    text.replace(request.param.meta_token.raw, raw_id);
    leave_out(text, request.surplus);
    return text.pieces().str();
}

std::string cancelled_message(std::string_view raw_id, std::string_view reason) {
    std::string params = fmt::format(R"({{"requestId":{})", raw_id);
    if (!reason.empty())
        params.append(R"(,"reason":)").append(reason);
    return notification_message("notifications/cancelled", params + "}");
}

std::vector<std::string> list_changed_messages(unsigned kinds) {
    static constexpr std::string_view methods[] = {"notifications/tools/list_changed",
                                                   "notifications/prompts/list_changed",
                                                   "notifications/resources/list_changed"};
    std::vector<std::string> out;
    for (unsigned i = 0; i < std::size(methods); ++i)
        if ((kinds >> i & 1U) != 0)
            out.push_back(notification_message(methods[i]));
    return out;
}

} // namespace vmcp
