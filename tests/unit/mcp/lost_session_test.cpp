// The table of ways in which real servers say that they do not know a session.
#include "transport/mcp/back/lost_session.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

TEST(lost_session_wording, ways_to_say_so) {
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
            row{410, ""},
            row{410, "Gone"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Session not found"},"id":1})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid session ID"},"id":1})"},
            row{500, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"gone"},"id":1})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Session expired"},"id":1})"},
            row{200,
                R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Session not found"}})"},
            row{200,
                R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Could not find session"},"id":1})"},
            row{200, "Could not find session ID"},
            row{400, "Could not find session ID"},
            row{404, "Session already closed"},
            row{400, "the session was already terminated"},
            row{401, "Unauthorized: Session not found"},
            row{503, R"({"error":"session not found"})"},
            row{503, "No such session, all are in use"},
        })
        EXPECT_TRUE(means_lost_session(status, body)) << status << " " << body;
}

TEST(lost_session_wording, what_only_sounds_like_it) {
    struct row {
        unsigned status;
        std::string body;
    };
    for (
        const auto& [status, body] : {
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
            row{410, R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"session needs a name"},"id":1})"},
            row{200, R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":1})"},
            row{200,
                R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-32001,"message":"session","data":")" +
                    std::string(5000, 'x') + "\"}}"},
            row{400, std::string(600, ' ') + "session"}, // a long text may speak of anything
            row{400, "{\"error\":"},
            row{200, R"({"jsonrpc":"2.0","id":1,"result":{"text":"session not found"},"error":null})"},
            row{200, "<html>your session expired, log in</html>"},
            row{200, R"(["session not found"])"},
            row{400, "Session already has a stream"},
            row{400, "Only one SSE stream is allowed per session"},
            row{503, "too many sessions"},
            row{503, "the session is busy"},
            row{504, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Request timed out"},"id":1})"},
            row{500, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"timeout"},"id":null})"},
        })
        EXPECT_FALSE(means_lost_session(status, body)) << status << " " << body;
}

// Servers without streams refuse a GET with about anything, and those with one may have no room for a second.
TEST(lost_session_wording, what_a_refused_stream_says_of_the_session) {
    struct row {
        unsigned status;
        std::string_view body;
        bool lost;
        bool busy;
    };
    for (const auto& [status, body, lost, busy] :
         {row{404, "", true, false}, row{404, "Session not found", true, false}, row{410, "", true, false},
          row{404, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"x"}})", false, false},
          row{400, "Session not found", true, false},
          row{400, R"({"error":{"code":-32000,"message":"No valid session ID provided"}})", true, false},
          row{401, "session expired", true, false}, row{503, "unknown session", true, false},
          row{409, "", false, true},
          row{409, "Conflict: Only one SSE stream is allowed per session", false, true},
          row{400, "stream already exists for this session", false, true},
          row{400, "Session stream in use", false, true}, row{403, "already connected", false, true},
          row{400, "bad session", false, false}, row{405, "", false, false}, row{503, "busy", false, false},
          row{500, "session not found", false, false}}) {
        EXPECT_EQ(means_lost_stream(status, body), lost) << status << body;
        EXPECT_EQ(means_busy_stream(status, body), busy) << status << body;
    }
}

// An error under the request's own id is an answer to it, unless it is about the session in code and text.
TEST(lost_session_wording, an_error_under_our_id_is_an_answer) {
    const auto error = [](std::string id, int code, std::string text) {
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":)" + std::to_string(code) +
               R"(,"message":")" + text + "\"}}";
    };
    for (const unsigned status : {400U, 404U, 410U}) {
        for (const int code : {-32001, -32000, -32600}) {
            EXPECT_TRUE(means_lost_session(status, error("7", code, "Session not found"), "7")) << code;
            EXPECT_TRUE(means_lost_session(status, error("\"7\"", code, "Session not found"), "7")) << code;
            EXPECT_FALSE(means_lost_session(status, error("7", code, "no such file"), "7")) << code;
        }
        for (const int code : {-32602, -32603, -32002, -32042, 7})
            EXPECT_FALSE(means_lost_session(status, error("7", code, "Session not found"), "7")) << code;
    }
    EXPECT_TRUE(means_lost_session(404, error("null", -32000, "x"), "7"));
    EXPECT_TRUE(means_lost_session(404, error("8", -32000, "x"), "7"));
    EXPECT_TRUE(means_lost_session(404, R"({"id":7,"detail":"x"})", "7")) << "not an error of JSON-RPC";
}

// Over HTTP+SSE the stream of all requests ends with the session: an answer to one of them has to be without a doubt.
TEST(lost_session_wording, over_a_shared_stream_only_what_leaves_no_doubt) {
    const std::string_view plain = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t"}})";
    const std::string_view about = R"({"method":"tools/call","params":{"name":"close_session"}})";
    const auto lost = [&](unsigned status, std::string_view body) {
        return means_lost_conversation(status, body, "7", plain);
    };
    EXPECT_TRUE(lost(404, ""));
    EXPECT_TRUE(lost(410, "Gone"));
    EXPECT_TRUE(lost(404, "Could not find session"));
    EXPECT_TRUE(lost(400, "Invalid session ID"));
    EXPECT_TRUE(lost(400, "No transport found for sessionId"));
    EXPECT_TRUE(lost(503, "session expired"));
    EXPECT_TRUE(
        lost(404, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null})"));
    EXPECT_FALSE(lost(404, R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"x"},"id":7})"));
    EXPECT_FALSE(lost(404, R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"no such tool"},"id":7})"));
    EXPECT_FALSE(lost(400, "the session of your bank needs a name"));
    EXPECT_FALSE(lost(400, R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"x"},"id":1})"));
    EXPECT_FALSE(lost(503, "too many sessions, try again"));
    EXPECT_FALSE(lost(200, "session not found"));
    EXPECT_FALSE(lost(500, "session not found"));
    EXPECT_FALSE(means_lost_conversation(400, "'close_session' was not found", "7", about));
    EXPECT_TRUE(means_lost_conversation(404, "", "7", about));
}

} // namespace
} // namespace transport
