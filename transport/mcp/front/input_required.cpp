#include "transport/mcp/front/input_required.hpp"

#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::any_depth;
using vmcp::errc;

namespace {

// Without what only the revision of the backend has: its own bookkeeping of requests.
std::string modern_params(std::string_view raw) {
    return raw.empty() ? "{}" : vmcp::without_members(raw, [](std::string_view key) {
        return key == "_meta" || key == "elicitationId" || key == "task";
    });
}

// The members of `requests` so far, and one more.
void add_request(std::string& requests, std::string_view raw_key, std::string_view method,
                 std::string_view params) {
    requests.append(fmt::format(R"({}{}:{{"method":"{}","params":{}}})", requests.empty() ? "" : ",", raw_key,
                                method, params));
}

} // namespace

std::string input_required(const parked_questions& open, std::string_view request_state) {
    std::string requests;
    for (const auto& asked : open)
        add_request(requests, vmcp::quoted(asked->key()), asked->method(), modern_params(asked->params()));
    return fmt::format(R"({{"inputRequests":{{{}}},"requestState":{}}})", requests,
                       vmcp::quoted(request_state));
}

std::optional<url_inputs> read_url_inputs(std::string_view raw_error) {
    const auto data = vmcp::json_member(raw_error, "data", any_depth);
    const auto all = vmcp::json_member(data.raw, "elicitations", any_depth);
    vmcp::json_cursor cursor(all.raw, any_depth);
    vmcp::json_slice one;
    bool done = false;
    url_inputs out;
    std::string requests;
    if (all.kind != vmcp::json_kind::array || !cursor.enter_array())
        return std::nullopt;
    while (cursor.next_element(done) && !done && cursor.value(one)) {
        if (vmcp::json_member(one.raw, "url", any_depth).kind != vmcp::json_kind::string)
            continue;
        const auto id = vmcp::json_member(one.raw, "elicitationId", any_depth);
        auto key = id.kind == vmcp::json_kind::string ? vmcp::unquoted(id.raw).value_or("") : std::string();
        while (key.empty() || std::ranges::find(out.keys, key) != out.keys.end())
            key += fmt::format("url{}", out.keys.size() + 1);
        const auto params =
            vmcp::without_members(modern_params(one.raw), [](auto name) { return name == "mode"; });
        add_request(requests, vmcp::quoted(key), "elicitation/create",
                    R"({"mode":"url",)" + params.substr(1));
        out.keys.push_back(std::move(key));
    }
    if (out.keys.empty())
        return std::nullopt;
    out.result = fmt::format(R"({{"inputRequests":{{{}}}}})", requests);
    return out;
}

bool url_inputs::refused_in(std::string_view raw_responses) const {
    return std::ranges::any_of(keys, [&](const std::string& key) {
        const auto given = vmcp::json_member(raw_responses, key, any_depth);
        const auto action = vmcp::json_member(given.raw, "action", any_depth);
        return !action.empty() && action.raw != R"("accept")";
    });
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
