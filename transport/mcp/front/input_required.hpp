// Questions of backends as a stateless client gets them, and its answers (MCP 2026-07-28, basic/patterns/mrtr). Pure.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/service/running_call.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

using parked_questions = std::vector<std::shared_ptr<vmcp::parked_question>>;

// The members of an InputRequiredResult but its type.
[[nodiscard]] std::string input_required(const parked_questions& open, std::string_view request_state);

// Gives each question its answer, where `raw_responses` (the `inputResponses` of a retry, or empty) has one. Fails with
// invalid_params, and settles nothing, when one is no object. Answers to what was not asked are ignored.
[[nodiscard]] vmcp::result<void> settle(const parked_questions& open, std::string_view raw_responses);

} // namespace transport
