// Questions of backends as a stateless client gets them, and its answers (MCP 2026-07-28, basic/patterns/mrtr). Pure.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/service/running_call.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

using parked_questions = std::vector<std::shared_ptr<vmcp::parked_question>>;

// The members of an InputRequiredResult but its type.
[[nodiscard]] std::string input_required(const parked_questions& open, std::string_view request_state);

// What a backend of 2025-11-25 wants its client to visit before it takes the call (error -32042, client/elicitation,
// "URL Elicitation Required Error"), as this revision has it. The retry is the same call anew, so that it needs no requestState.
struct url_inputs {
    std::vector<std::string> keys{};
    std::string result{}; // the members of an InputRequiredResult but its type

    // A person has said no to one of them: `raw_responses` as of settle().
    [[nodiscard]] bool refused_in(std::string_view raw_responses) const;
};
// Nothing: the error names no URL.
[[nodiscard]] std::optional<url_inputs> read_url_inputs(std::string_view raw_error);

// Gives each question its answer, where `raw_responses` (the `inputResponses` of a retry, or empty) has one. Fails with
// invalid_params, and settles nothing, when one is no object. Answers to what was not asked are ignored.
[[nodiscard]] vmcp::result<void> settle(const parked_questions& open, std::string_view raw_responses);

} // namespace transport
