// Which revision is offered after a handshake was refused.
#include "vmcp/model/older_revision.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

using enum protocol_version;

TEST(older_revision, of_those_that_the_refusal_names_or_the_next_one) {
    struct row {
        protocol_version offered;
        unsigned status;
        std::string_view text;
        std::optional<protocol_version> next;
    };
    for (
        const auto& [offered, status, text, next] : {
            row{v2025_11_25, 400, "", v2025_06_18},
            row{v2025_11_25, 400, "Bad Request", v2025_06_18},
            row{v2025_06_18, 400, "", v2025_03_26},
            row{v2025_03_26, 400, "", v2024_11_05},
            row{v2024_11_05, 400, "", std::nullopt},
            row{v2025_11_25, 400,
                R"x({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: Unsupported protocol version (supported versions: 2025-03-26, 2024-11-05)"},"id":null})x",
                v2025_03_26},
            row{v2025_11_25, 200,
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unsupported protocol version","data":{"supported":["2024-11-05"],"requested":"2025-11-25"}}})",
                v2024_11_05},
            row{v2025_11_25, 200,
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown protocolVersion 2025-11-25"}})",
                v2025_06_18},
            row{v2025_06_18, 200, "Unsupported protocol version, supported: 2025-11-25", v2025_03_26},
            row{v2025_11_25, 422, "Invalid MCP-Protocol-Version header", v2025_06_18},
            row{v2025_11_25, 404, "", std::nullopt},
            row{v2025_11_25, 405, "", std::nullopt},
            row{v2025_11_25, 500, "Unsupported protocol version", std::nullopt},
            row{v2025_11_25, 200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}})",
                std::nullopt},
            row{v2025_11_25, 400, "Invalid Request: Server already initialized", std::nullopt},
            row{v2025_11_25, 400, "Missing session ID", std::nullopt},
            row{v2025_11_25, 400,
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28"]}}})",
                std::nullopt},
            row{v2025_11_25, 400,
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28","2025-06-18"]}}})",
                v2025_06_18},
            row{v2025_11_25, 0, "", std::nullopt},
        })
        EXPECT_EQ(older_revision(offered, status, text), next) << status << " " << text;
}

TEST(older_revision, only_the_beginning_of_a_text_counts) {
    EXPECT_EQ(older_revision(v2025_11_25, 200, std::string(4000, ' ') + "protocol version"), std::nullopt);
    EXPECT_FALSE(speaks_of_revisions(std::string(4000, ' ') + "protocol version"));
    EXPECT_TRUE(speaks_of_revisions("Bad MCP-Protocol-Version"));
    EXPECT_FALSE(speaks_of_revisions("version 2"));
}

} // namespace
} // namespace vmcp
