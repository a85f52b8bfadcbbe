#include "transport/mcp/modern_back/input_round.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/input_key.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/peer_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace transport {
namespace {

using vmcp::backend_json_depth;
using vmcp::errc;
using vmcp::json_kind;

constexpr std::array<std::string_view, 3> askable{"elicitation/create", "sampling/createMessage",
                                                  "roots/list"};

vmcp::failure bad(std::string why) {
    return vmcp::fail(errc::backend_protocol,
                      "it wants input in a way that the protocol does not know: " + std::move(why));
}

vmcp::result<input_question> read_question(std::string_view raw_key, const vmcp::json_slice& value) {
    const auto method =
        vmcp::unquoted(vmcp::json_member(value.raw, "method", backend_json_depth).raw).value_or("");
    if (std::ranges::find(askable, method) == askable.end())
        return bad(fmt::format("\"{}\" is nothing that a client can be asked", vmcp::excerpt_of(method)));
    const auto params = vmcp::json_optional(value.raw, "params", backend_json_depth);
    if (!params.empty() && params.kind != json_kind::object)
        return bad("the params of a question are no object");
    return input_question{
        .raw_key = std::string(raw_key), .method = method, .params = std::string(params.raw)};
}

} // namespace

std::string input_question::message() const {
    return vmcp::request_message(vmcp::input_id(vmcp::unquoted(raw_key).value_or("")), method, params);
}

vmcp::result<input_round> read_input_round(std::string_view raw_result) {
    input_round out;
    const auto state = vmcp::json_optional(raw_result, "requestState", backend_json_depth);
    if (!state.empty() && state.kind != json_kind::string)
        return bad("its requestState is no string");
    out.raw_state = state.raw;
    const auto requests = vmcp::json_optional(raw_result, "inputRequests", backend_json_depth);
    if (requests.empty() && state.empty())
        return bad("there is neither a question nor a requestState");
    if (requests.empty())
        return out;
    vmcp::json_cursor cursor(requests.raw, backend_json_depth);
    std::set<std::string> keys;
    std::string_view key;
    bool done = false;
    if (!cursor.enter_object())
        return bad("its inputRequests are no object");
    while (cursor.next_member(key, done) && !done) {
        vmcp::json_slice value;
        if (!cursor.value(value))
            break;
        if (!keys.insert(vmcp::unquoted(key).value_or(std::string(key))).second)
            return bad("a key is given twice");
        if (out.questions.size() == input_round::most_questions)
            return bad("it asks more questions than a client can be asked at a time");
        auto question = read_question(key, value);
        if (!question)
            return question.error();
        out.questions.push_back(*std::move(question));
    }
    if (out.questions.empty() && state.empty())
        return bad("there is neither a question nor a requestState");
    return out;
}

bool is_input_required(std::string_view raw_type) noexcept {
    return raw_type == R"("input_required")";
}

vmcp::result<std::string> input_responses(const input_round& round, const std::vector<std::string>& answers) {
    std::string out = "{";
    for (std::size_t i = 0; i < round.questions.size() && i < answers.size(); ++i) {
        const auto m = vmcp::read_message(answers[i], backend_json_depth);
        const bool failed = m && m->type == vmcp::message::kind::error;
        if (!m || (!failed && m->type != vmcp::message::kind::response))
            return vmcp::fail(errc::client_gone, "the client's answer is no response");
        if (failed) {
            const auto said =
                vmcp::unquoted(vmcp::json_member(m->error.raw, "message", backend_json_depth).raw);
            return vmcp::fail(errc::client_gone,
                              fmt::format("{} was answered with an error: {}", round.questions[i].method,
                                          vmcp::excerpt_of(said.value_or(""))));
        }
        out.append(i > 0 ? "," : "").append(round.questions[i].raw_key).append(":").append(m->result.raw);
    }
    return out + "}";
}

std::chrono::milliseconds pause_before_retry(unsigned in_a_row) noexcept {
    constexpr std::chrono::milliseconds first{250};
    return first * (1U << std::min(in_a_row > 0 ? in_a_row - 1 : 0U, 4U));
}

} // namespace transport
