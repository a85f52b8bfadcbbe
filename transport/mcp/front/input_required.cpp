#include "transport/mcp/front/input_required.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/model/message.hpp"

#include <fmt/format.h>

#include <utility>

namespace transport {

using vmcp::errc;

namespace {

// What only the revision of the backend has: its own bookkeeping of requests.
bool is_legacy_member(const std::string& key) {
    return key == "_meta" || key == "elicitationId" || key == "task";
}

std::string modern_params(std::string_view raw) {
    std::string out = "{";
    vmcp::json_cursor cursor(raw, static_cast<unsigned>(-1));
    std::string_view key;
    vmcp::json_slice value;
    bool done = false;
    if (!raw.empty() && cursor.enter_object())
        while (cursor.next_member(key, done) && !done && cursor.value(value))
            if (!is_legacy_member(vmcp::unquoted(key).value_or("")))
                out.append(out.size() > 1 ? "," : "").append(key).append(":").append(value.raw);
    return out + "}";
}

} // namespace

std::string input_required(const parked_questions& open, std::string_view request_state) {
    std::string requests = "{";
    for (const auto& asked : open)
        requests.append(fmt::format(R"({}"{}":{{"method":"{}","params":{}}})", requests.size() > 1 ? "," : "",
                                    asked->key(), asked->method(), modern_params(asked->params())));
    return fmt::format(R"({{"inputRequests":{}}},"requestState":{}}})", requests,
                       vmcp::quoted(request_state));
}

vmcp::result<void> settle(const parked_questions& open, std::string_view raw_responses) {
    std::vector<std::pair<vmcp::parked_question*, std::string>> answers;
    for (const auto& asked : open) {
        const auto given = vmcp::json_optional(raw_responses, asked->key());
        if (given.empty())
            continue;
        if (given.kind != vmcp::json_kind::object)
            return vmcp::fail(errc::invalid_params,
                              fmt::format("\"inputResponses\": \"{}\" must be an object", asked->key()));
        answers.emplace_back(asked.get(), vmcp::result_message("0", given.raw));
    }
    for (auto& [asked, message] : answers)
        asked->settle(std::move(message));
    return {};
}

} // namespace transport
