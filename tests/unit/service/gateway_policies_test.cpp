// What policies are asked about a URI, however a client spells it.
#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {

using namespace test;

class spellings : public gateway_world {
protected:
    spellings() {
        auto b = uris_of("b", {"file:///only", "file:///both"}, {"db:{+row}", "t:{x}"});
        b.prompts = prompts_of("b", {"p"}).prompts;
        b.tools = tools_of("b", {"t"}).tools;
        serve(config_of({"a", "b"}), {uris_of("a", {"file:///both"}, {"t:{x}"}), b});
    }

    std::string ask_about(std::string_view method, const std::string& uri) {
        return method == "completion/complete"
                   ? ask(method, R"({"ref":{"type":"ref/resource","uri":)" + vmcp::quoted(uri) + "}}")
                   : ask(method, R"({"uri":)" + vmcp::quoted(uri) + "}");
    }
};

constexpr std::string_view methods[] = {"resources/read", "resources/subscribe", "resources/unsubscribe",
                                        "completion/complete"};

// What policies forbid, and other words for it.
const struct {
    std::string forbidden;
    strings spelled;
} rows[] = {
    {"file:///only",
     {"file:///only", "FILE:///only", "file:///%6fnly", "file:///x/../only", "file:///x/%2e%2E/only",
      " file:///on\tly\n", "file:\\only", "file://localhost/only", "file:/only", "mcp+b:file:///only",
      "MCP+B:FILE:///%6Fnly"}},
    {"mcp+b:file:///both",
     {"mcp+b:file:///both", "MCP+b:file:///both", "mcp+b:FILE:///both", "mcp+b:file:///b%6Fth"}},
    {"db:main/1", {"db:main/1", "DB:main/1", "db:m%61in/1", "mcp+b:db:main/1", "mcp+b:db:m%61in/1"}},
    {"mcp+b:t:{x}", {"mcp+b:t:{x}", "MCP+B:t:{x}"}},
    {"hid:x", {"hid:x", "HID:x", "hid:%78"}},
};

TEST_F(spellings, what_is_forbidden_is_forbidden_in_all_of_them) {
    for (const auto& row : rows) {
        policy_.forbidden = row.forbidden;
        for (const auto& uri : row.spelled)
            for (const auto method : methods) {
                EXPECT_EQ(code_of(ask_about(method, uri)), "403") << method << " " << uri;
                EXPECT_EQ(sent(), strings{}) << method << " " << uri;
            }
    }
}

TEST_F(spellings, of_what_is_listed_all_are_decided_alike) {
    for (const auto* uri : {"file:///only", "FILE:///only", "mcp+b:file:///x/../only"}) {
        EXPECT_EQ(code_of(ask_about("resources/read", uri)), "") << uri;
        EXPECT_EQ(policy_.seen, strings{"carol file:///only"}) << uri;
        EXPECT_EQ(sent(), strings{"b: " + request("resources/read", R"({"uri":"file:///only"})")}) << uri;
        policy_.seen.clear();
    }
}

TEST_F(spellings, of_what_is_not_listed_the_written_one_and_the_normal_one_are_to_be_permitted) {
    ask_about("resources/read", "db:m%61in/1");
    EXPECT_EQ(policy_.seen, (strings{"carol db:m%61in/1", "carol db:main/1"}));
    EXPECT_EQ(sent(), strings{"b: " + request("resources/read", R"({"uri":"db:m%61in/1"})")})
        << "its backend reads what the client wrote";
    policy_.forbidden = "db:m%61in/1";
    EXPECT_EQ(code_of(ask_about("resources/read", "db:m%61in/1")), "403");
}

// As a call that was parked asks before it goes on.
TEST_F(spellings, a_request_can_be_decided_again_without_being_sent) {
    const auto permitted = [&](std::string_view method, std::string_view params) {
        const auto text = request(method, params);
        bool answer = false;
        const auto m = read_message(text).value();
        fakes::run(
            io_, [](gateway& gateway, const caller& who, const message& asked, bool& to) -> awaitable<void> {
                to = co_await gateway.permits(who, asked);
            }(gateway_, *caller_, m, answer));
        EXPECT_EQ(sent(), strings{});
        return answer;
    };
    const std::pair<std::string_view, std::string_view> uses[] = {
        {"tools/call", R"({"name":"t"})"},
        {"prompts/get", R"({"name":"p"})"},
        {"resources/read", R"({"uri":"FILE:///only"})"},
    };
    for (const auto& [method, params] : uses) {
        EXPECT_TRUE(permitted(method, params)) << method;
        EXPECT_FALSE(permitted(method, "{}")) << method;
    }
    EXPECT_EQ(policy_.seen, (strings{"carol t", "carol p", "carol file:///only"}));
    EXPECT_FALSE(permitted("completion/complete", R"({"name":"t","uri":"file:///only"})"));
    policy_.refuses = true;
    for (const auto& [method, params] : uses)
        EXPECT_FALSE(permitted(method, params)) << method;
}

} // namespace
} // namespace vmcp
