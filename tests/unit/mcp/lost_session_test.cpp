// The table of ways in which real servers say that they do not know a session.
#include "transport/mcp/lost_session.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

TEST(lost_session, ways_to_say_so) {
    struct row {
        unsigned status;
        const char* body;
    };
    for (
        const auto& [status, body] : {
            row{404, ""},
            row{404, "Not Found"},
            row{404, "Session not found"},
            row{404, R"({"error":"Session not found"})"},
            row{404, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null})"},
            row{404, R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"x"},"id":null})"},
            row{400,
                R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null})"},
            row{400, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"x"},"id":1})"},
            row{400, "Bad Request: Server not initialized"},
            row{400, "INVALID SESSION"},
            row{401, R"({"error":"invalid_session"})"},
            row{503, "session expired"},
            row{500, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"gone"},"id":1})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Session expired"},"id":1})"},
        })
        EXPECT_TRUE(means_lost_session(status, body)) << status << " " << body;
}

TEST(lost_session, what_only_sounds_like_it) {
    struct row {
        unsigned status;
        std::string body;
    };
    for (const auto& [status, body] : {
             row{404, R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1})"},
             row{400, ""},
             row{400, R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params"},"id":1})"},
             row{400, "Bad Request"},
             row{401, "Unauthorized"},
             row{503, "Service Unavailable"},
             row{500, "Session not found"},
             row{502, "session"},
             row{403, "session"},
             row{429, "session"},
             row{405, "session"},
             row{200, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Request timed out"},"id":1})"},
             row{200, R"({"jsonrpc":"2.0","result":{"text":"session not found -32001"},"id":1})"},
             row{200, R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Session not found"},"id":1})"},
             row{200, ""},
             row{400, std::string(600, ' ') + "session"}, // a long text may speak of anything
             row{400, "{\"error\":"},
         })
        EXPECT_FALSE(means_lost_session(status, body)) << status << " " << body;
}

} // namespace
} // namespace transport
