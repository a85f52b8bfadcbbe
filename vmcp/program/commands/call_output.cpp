#include "vmcp/program/commands/call_output.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/words.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

// The member as text, whatever it is; a peer may send anything.
std::string text_member(const json& object, const char* name) {
    const auto it = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || it == object.end() || it->is_null())
        return {};
    return it->is_string() ? it->get<std::string>()
                           : it->dump(-1, ' ', false, json::error_handler_t::replace);
}

// Of base64 text.
std::size_t decoded_size(const std::string& base64) {
    const auto padding = base64.size() - (base64.find_last_not_of('=') + 1);
    return base64.size() / 4 * 3 - std::min<std::size_t>(padding, 2);
}

std::string resource_text(const json& resource) {
    if (const auto text = text_member(resource, "text"); !text.empty())
        return text;
    return fmt::format("[resource {} {}, {}]", text_member(resource, "uri"),
                       text_member(resource, "mimeType"),
                       count_of(decoded_size(text_member(resource, "blob")), "byte"));
}

std::string block_text(const json& block) {
    const auto type = text_member(block, "type");
    if (type == "text")
        return text_member(block, "text");
    if (type == "resource" && block.contains("resource"))
        return resource_text(block["resource"]);
    if (type == "resource_link")
        return fmt::format("[resource {} {}]", text_member(block, "uri"), text_member(block, "name"));
    return fmt::format("[{} {}, {}]", type.empty() ? "unknown content" : type, text_member(block, "mimeType"),
                       count_of(decoded_size(text_member(block, "data")), "byte"));
}

} // namespace

std::string tool_result_text(std::string_view raw_result) {
    const auto result = json::parse(raw_result, nullptr, false);
    std::string out;
    if (result.is_object() && result.contains("content") && result["content"].is_array()) {
        for (const auto& block : result["content"]) {
            out += printable_text(block_text(block));
            if (!out.ends_with('\n'))
                out.push_back('\n');
        }
    }
    if (out.empty() && result.is_object() && result.contains("structuredContent"))
        out =
            printable_json(result["structuredContent"].dump(2, ' ', false, json::error_handler_t::replace)) +
            "\n";
    return out;
}

bool is_tool_error(std::string_view raw_result) {
    return json_member(raw_result, "isError", 1000).raw == "true";
}

std::string notice_text(std::string_view raw_notification) {
    const auto notice = json::parse(raw_notification, nullptr, false);
    const auto method = text_member(notice, "method");
    if (!notice.is_object() || !notice.contains("params"))
        return {};
    const auto& params = notice["params"];
    if (method == "notifications/progress") {
        const auto total = text_member(params, "total");
        return printable_line(fmt::format("[{}{}{}] {}", text_member(params, "progress"),
                                          total.empty() ? "" : "/", total, text_member(params, "message")));
    }
    if (method == "notifications/message")
        return printable_line(
            fmt::format("log {}: {}", text_member(params, "level"), text_member(params, "data")));
    return {};
}

result<std::string> call_message(std::string_view tool, std::string_view arguments) {
    json_cursor at(arguments, 1000);
    json_slice value;
    if (!at.value(value) || !at.at_end())
        return fail(errc::config,
                    fmt::format("the arguments of the tool are not JSON: wrong at byte {}", at.offset()));
    if (value.kind != json_kind::object)
        return fail(errc::config,
                    R"(the arguments of the tool must be a JSON object, such as {"city":"Bern"})");
    if (tool.empty() || !json_valid(quoted(tool)))
        return fail(errc::config, "the name of the tool is empty or not UTF-8");
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{{"_meta":{{"progressToken":0}},"name":{},"arguments":{}}}}})",
        quoted(tool), value.raw);
}

} // namespace vmcp
