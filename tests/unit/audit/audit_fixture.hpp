// Records and outputs for tests of the audit log.
#pragma once

#include "vmcp/audit/audit_file.hpp"
#include "vmcp/audit/audit_line.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp::test {

inline std::shared_ptr<const caller> known_caller(std::string claims = R"({"email":"a@x.example"})",
                                                  std::string token = {}) {
    return std::make_shared<const caller>(caller{
        .who = {"https://idp.example", "alice"}, .claims = std::move(claims), .token = std::move(token)});
}

inline audit_record call_record() {
    using namespace std::chrono_literals;
    return {.type = audit_type::mcp_tool_call,
            .at = std::chrono::system_clock::time_point{1'800'000'000'123'456us},
            .took = 12'345us,
            .address = "127.0.0.1",
            .user_agent = "agent/1",
            .request_id = "r-1",
            .from = known_caller(),
            .endpoint = "/mcp",
            .method = "tools/call",
            .http_method = "POST",
            .name = "weather_get",
            .backend = "weather"};
}

// Each line of `text` as JSON; a line that is none fails the test that looks at it.
inline std::vector<nlohmann::json> lines_of(const std::string& text) {
    std::vector<nlohmann::json> out;
    std::istringstream from(text);
    for (std::string line; std::getline(from, line);)
        out.push_back(nlohmann::json::parse(line, nullptr, false));
    return out;
}

// Takes what a test lets it take.
class scripted_output final : public line_output {
public:
    result<std::size_t> write(std::string_view piece) override {
        ++attempts;
        if (!problem.empty() || room == 0)
            return fail(errc::io, problem.empty() ? "No space left on device" : problem);
        const auto taken = piece.substr(0, room);
        text.append(taken);
        room -= taken.size();
        return taken.size();
    }
    [[nodiscard]] std::string name() const override { return "the test's file"; }

    std::string text{};
    std::string problem{};
    std::size_t room = ~std::size_t{0};
    int attempts = 0;
};

} // namespace vmcp::test
