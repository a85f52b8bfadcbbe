// One line per call, for those who want to know who called what (`log.access`).
#pragma once

#include "vmcp/model/message.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace transport {

// Views live until the line is written. What a client or backend wrote is quoted by access_line().
struct access_entry {
    std::string_view request_id{};
    std::string_view session{}; // its first characters tell sessions apart; whole ids are credentials
    std::string_view caller{};
    std::string_view method{};
    std::string_view name{};    // of the tool or prompt, or the URI; decoded
    std::string_view backend{}; // empty: the gateway answered
    std::string_view end{};     // success, tool_error, error, cancelled
    std::chrono::microseconds took{};
    std::size_t bytes = 0; // of the answer
};

// What a request is about, for people: the name or URI in it.
[[nodiscard]] std::string subject_of(const vmcp::message& request);

[[nodiscard]] std::string access_line(const access_entry& entry);

} // namespace transport
