// What a backend of the stateless revision wants to know before it answers, and what it is told (MCP 2026-07-28,
// basic/patterns/mrtr): the round of questions that one InputRequiredResult is. Pure.
#pragma once

#include "vmcp/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

struct input_question {
    std::string raw_key{}; // the JSON string under which its answer goes
    std::string method{};
    std::string params{}; // raw JSON; empty: none
    friend bool operator==(const input_question&, const input_question&) = default;

    // The whole request that a client is asked with. Its id holds the key (vmcp/model/input_key.hpp).
    [[nodiscard]] std::string message() const;
};

struct input_round {
    std::vector<input_question> questions{}; // none: it wants to be asked again, and nothing else
    std::string raw_state{};                 // `requestState` as it came; empty: there was none

    static constexpr std::size_t most_questions = 64;
};

// Reads an InputRequiredResult. Fails with backend_protocol where it is none: no questions and no state, a question of a method
// that a client cannot be asked, a key given twice.
[[nodiscard]] vmcp::result<input_round> read_input_round(std::string_view raw_result);

// A result that says that it is one.
[[nodiscard]] bool is_input_required(std::string_view raw_type) noexcept;

// The answers of clients, each a whole response message, in the order of the questions: the raw `inputResponses`. Fails with
// client_gone or with what the client said where one of them is an error: nobody answers in its place.
[[nodiscard]] vmcp::result<std::string> input_responses(const input_round& round,
                                                        const std::vector<std::string>& answers);

// How many times one call may be sent: a backend that asks for ever would keep it for ever.
inline constexpr unsigned most_input_rounds = 10;

// How long to wait before a call is sent again whose backend asked nothing (it sheds load so); `in_a_row`: from 1.
[[nodiscard]] std::chrono::milliseconds pause_before_retry(unsigned in_a_row) noexcept;

} // namespace transport
