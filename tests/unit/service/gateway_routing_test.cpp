// Where a call goes, in which words, and who is asked first.
#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {

using namespace test;

// A request that one backend owns.
struct owned {
    std::string_view method;
    std::string_view params;
    std::string_view asked; // what the policy hears: the exposed name, decoded
    std::string_view sent;  // the params as the backend gets them
};

constexpr owned of_b[] = {
    {"tools/call", R"({"name":"b_t","arguments":{"name":"b_t"}})", "b_t",
     R"({"name":"t","arguments":{"name":"b_t"}})"},
    {"tools/call", R"({ "arguments":{}, "n\u0061me" : "b\u005fgreet" })", "b_greet",
     R"({ "arguments":{}, "n\u0061me" : "say \"hi\"" })"},
    {"prompts/get", R"({"name":"b_p","arguments":{"uri":"x"}})", "b_p",
     R"({"name":"p","arguments":{"uri":"x"}})"},
    {"resources/read", R"({"uri":"mcp+b:r:1"})", "mcp+b:r:1", R"({"uri":"r:1"})"},
    {"resources/read", R"({"uri":"b\u003aonly"})", "b:only", R"({"uri":"b\u003aonly"})"},
    {"resources/read", R"({"uri":"b:row/7"})", "b:row/7", R"({"uri":"b:row/7"})"},
    {"resources/subscribe", R"({"uri":"mcp+b:r:1"})", "mcp+b:r:1", R"({"uri":"r:1"})"},
    {"resources/unsubscribe", R"({"uri":"mcp+b:r:1"})", "mcp+b:r:1", R"({"uri":"r:1"})"},
    {"completion/complete", R"({"ref":{"type":"ref/prompt","name":"b_p"},"argument":{"name":"b_p"}})", "b_p",
     R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"b_p"}})"},
    {"completion/complete", R"({"argument":{},"ref":{"uri":"mcp+b:x:{id}","type":"ref/resource"}})",
     "mcp+b:x:{id}", R"({"argument":{},"ref":{"uri":"x:{id}","type":"ref/resource"}})"},
    {"completion/complete", R"({"ref":{"type":"ref/resource","uri":"b:row/7"}})", "b:row/7",
     R"({"ref":{"type":"ref/resource","uri":"b:row/7"}})"},
    {"completion/complete", R"({"ref":{"type":"ref\/resource","uri":"b:row\/{id}"}})", "b:row/{id}",
     R"({"ref":{"type":"ref\/resource","uri":"b:row\/{id}"}})"},
};

class routing : public gateway_world {
protected:
    routing() {
        config settings = config_of({"a", "b"}, conflict_resolution::prefix);
        settings.aggregation.tools.push_back({.workload = "b",
                                              .filter = strings{"t", "greet"},
                                              .overrides = {{"say \"hi\"", {.name = "greet"}}}});
        serve(settings, {offer("a", {}), offer("b", {"b:only"})});
    }

    static backend_lists offer(const std::string& name, strings uris) {
        uris.emplace_back("r:1");
        backend_lists out = uris_of(name, uris, {"x:{id}", name + ":row/{id}"});
        out.tools = tools_of(name, {"t", "say \"hi\"", "secret"}).tools;
        out.prompts = prompts_of(name, {"p"}).prompts;
        return out;
    }
};

TEST_F(routing, the_owner_gets_the_clients_bytes_with_its_own_name_in_them) {
    link(1).answer = R"("result":{ "as":"it is" })";
    for (const auto& row : of_b) {
        EXPECT_EQ(ask(request(row.method, row.params, R"("\u0031")")),
                  answer(R"("result":{ "as":"it is" })", R"("\u0031")"))
            << row.params;
        ASSERT_EQ(link(1).got.size(), 1U) << row.params;
        EXPECT_EQ(link(1).got[0].who, caller_.get());
        EXPECT_EQ(link(1).got[0].repeatable, row.method != "tools/call")
            << "only a tool may change something";
        EXPECT_EQ(sent(), strings{"b: " + request(row.method, row.sent, R"("\u0031")")});
    }
}

TEST_F(routing, a_name_that_is_the_backends_own_is_not_touched) {
    serve(config_of({"a", "b"}), {offer("a", {}), prompts_of("b", {"q"}), tools_of("b", {"u"})});
    for (const auto& text :
         {request("tools/call", R"({"name":"\u0074"})"), request("prompts/get", R"({"name":"\u0070"})"),
          request("completion/complete", R"({"ref":{"type":"ref/prompt","name":"\u0070"}})")}) {
        ask(text);
        EXPECT_EQ(sent(), strings{"a: " + text});
    }
}

TEST_F(routing, the_policy_hears_of_the_caller_and_the_exposed_name_before_any_backend_does) {
    for (const bool refuses : {false, true}) {
        policy_.refuses = refuses;
        for (const auto& row : of_b) {
            const auto text = ask(row.method, row.params);
            EXPECT_EQ(policy_.seen, strings{"carol " + std::string(row.asked)});
            EXPECT_EQ(sent().size(), refuses ? 0U : 1U) << row.params;
            if (refuses)
                EXPECT_EQ(
                    text,
                    answer(
                        R"("error":{"code":403,"message":"Forbidden: call denied by authorization policy"})"));
            policy_.seen.clear();
        }
    }
    EXPECT_EQ(link(1).session->listens, 1) << "for the one subscription that was allowed";
}

TEST_F(routing, what_is_refused_cannot_be_told_from_what_does_not_exist) {
    policy_.refuses = true;
    for (const auto& [method, params] : std::vector<std::pair<std::string, std::string>>{
             {"tools/call", R"({"name":"none"})"},
             {"prompts/get", R"({"name":"none"})"},
             {"resources/read", R"({"uri":"none:"})"},
             {"resources/subscribe", R"({"uri":"none:"})"},
             {"completion/complete", R"({"ref":{"type":"ref/prompt","name":"none"}})"}})
        EXPECT_EQ(code_of(ask(method, params)), "403") << method;
    EXPECT_EQ(sent(), strings{});
}

TEST_F(routing, what_nobody_offers_is_an_error_that_names_it) {
    struct {
        std::string_view method;
        std::string_view params;
        std::string_view error;
    } const rows[] = {
        {"tools/call", R"({"name":"t"})", R"({"code":-32602,"message":"Unknown tool: t"})"},
        {"tools/call", R"({"name":"b_secret"})", R"({"code":-32602,"message":"Unknown tool: b_secret"})"},
        {"tools/call", R"({"name":"a_p"})", R"({"code":-32602,"message":"Unknown tool: a_p"})"},
        {"tools/call", R"({"name":""})", R"({"code":-32602,"message":"Unknown tool"})"},
        {"tools/call", R"({"name":"\"\n"})", R"({"code":-32602,"message":"Unknown tool: \""})"},
        {"prompts/get", R"({"name":"a_t"})", R"({"code":-32602,"message":"Unknown prompt: a_t"})"},
        {"completion/complete", R"({"ref":{"type":"ref/prompt","name":"p"}})",
         R"({"code":-32602,"message":"Unknown prompt: p"})"},
        {"completion/complete", R"({"ref":{"type":"ref/resource","uri":"q:7"}})",
         R"({"code":-32602,"message":"Invalid params: q:7"})"},
        {"tools/Call", "", R"({"code":-32601,"message":"Method not found: tools/Call"})"},
        {"sampling/createMessage", "{}",
         R"({"code":-32601,"message":"Method not found: sampling/createMessage"})"},
        {"notifications/initialized", "{}",
         R"({"code":-32601,"message":"Method not found: notifications/initialized"})"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(ask(request(row.method, row.params, "-1.0")),
                  answer("\"error\":" + std::string(row.error), "-1.0"));
        EXPECT_EQ(sink_.kind, answer_kind::error) << row.method;
        EXPECT_EQ(sent(), strings{}) << row.params;
    }
}

TEST_F(routing, names_that_cannot_be_read_are_refused_before_anybody_is_asked) {
    const auto expect = [&](std::string_view method, const std::string& params, std::string_view problem) {
        EXPECT_EQ(ask(method, params), answer(R"("error":{"code":-32602,"message":"Invalid params: )" +
                                              std::string(problem) + "\"}"))
            << method << params;
    };
    for (const auto& [method, key] :
         std::vector<std::pair<std::string_view, std::string>>{{"tools/call", "name"},
                                                               {"prompts/get", "name"},
                                                               {"resources/read", "uri"},
                                                               {"resources/subscribe", "uri"},
                                                               {"resources/unsubscribe", "uri"},
                                                               {"logging/setLevel", "level"}}) {
        const std::string problem = R"(\")" + key + R"(\" must be a string)";
        for (const std::string_view value : {"null", "1", "true", R"(["b_t"])", R"({"name":"b_t"})"})
            expect(method, "{\"" + key + "\":" + std::string(value) + "}", problem);
        for (const std::string_view params : {"", "{}", R"({"arguments":{"name":"b_t"}})"})
            expect(method, std::string(params), problem);
        expect(method, "{\"" + key + R"(":"b_\ud800"})", R"(\")" + key + R"(\" holds a lone surrogate)");
    }
    for (const std::string_view ref :
         {"", R"("ref":{})", R"("ref":"b_p")", R"("ref":{"type":"ref/tool","name":"b_t"})",
          R"("ref":{"type":1})", R"("ref":[{"type":"ref/prompt","name":"b_p"}])"})
        expect("completion/complete", "{" + std::string(ref) + "}",
               R"(\"ref.type\" must be \"ref/prompt\" or \"ref/resource\")");
    expect("completion/complete", R"({"ref":{"type":"ref/prompt","uri":"x"}})",
           R"(\"ref.name\" must be a string)");
    expect("completion/complete", R"({"ref":{"type":"ref/resource","uri":2}})",
           R"(\"ref.uri\" must be a string)");
    EXPECT_EQ(sent(), strings{});
    EXPECT_EQ(policy_.seen, strings{});
}

// What a backend offers leaves the lists when it is down for long; who calls it is told that, and not that there is no such thing.
TEST_F(routing, what_is_withdrawn_is_not_listed_but_still_leads_to_its_owner) {
    const auto settings = config_of({"a", "b"}, conflict_resolution::prefix);
    publish(settings, {offer("a", {})}, {offer("a", {}), offer("b", {"b:only"})});
    EXPECT_EQ(ask("tools/list", "").find("b_t"), std::string::npos);
    link(1).failing = fail(errc::backend_unavailable, "down");
    for (const auto& [method, params] :
         {std::pair{"tools/call", R"({"name":"b_t"})"}, std::pair{"prompts/get", R"({"name":"b_p"})"},
          std::pair{"resources/read", R"({"uri":"b:only"})"}})
        EXPECT_EQ(code_of(ask(method, params)), "-32603") << method;
    EXPECT_EQ(code_of(ask("tools/call", R"({"name":"b_x"})")), "-32602");
}

TEST_F(routing, a_backend_that_fails_is_an_error_with_all_that_is_known_and_a_cancelled_call_has_no_answer) {
    failure down = fail(errc::backend_unavailable, "connection refused");
    down.data = R"({"backend":"b"})";
    for (const auto& row : of_b) {
        link(1).failing = down;
        EXPECT_EQ(ask(row.method, row.params),
                  answer(R"("error":{"code":-32603,"message":"Backend unavailable: connection refused",)"
                         R"("data":{"backend":"b"}})"));
        link(1).failing = fail(errc::cancelled);
        EXPECT_EQ(ask(row.method, row.params), "") << row.params;
    }
    EXPECT_TRUE(link(0).got.empty()) << "nobody else is asked for what b owns";
    EXPECT_EQ(link(1).session->subscriptions.size(), 0U);
}

TEST_F(routing, words_on_the_way_reach_the_client_before_the_answer) {
    link(1).notification = R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"uri":"r:1"}})";
    for (const auto& row : of_b) {
        ask(row.method, row.params);
        EXPECT_EQ(sink_.notified, strings{link(1).notification}) << row.params;
    }
}

TEST_F(routing, a_call_keeps_the_catalog_it_began_with) {
    const std::string mentions = R"("result":{"content":[{"uri":"r:1"}]})";
    link(1).answer = mentions;
    link(1).meanwhile = [&] { publish(config_of({"a", "b"}), {tools_of("b", {"t"})}); };
    EXPECT_EQ(ask("tools/call", R"({"name":"b_t"})"),
              answer(R"("result":{"content":[{"uri":"mcp+b:r:1"}]})"));
    EXPECT_EQ(code_of(ask("tools/call", R"({"name":"b_t"})")), "-32602") << "no more prefixes";
    EXPECT_EQ(ask("tools/call", R"({"name":"t"})"), answer(mentions)) << "nobody else claims the URI now";
}

TEST_F(routing, completions_of_a_backend_that_has_none_are_empty) {
    constexpr std::string_view params = R"({"ref":{"type":"ref/prompt","name":"b_p"}})";
    link(1).answer = R"("error":{"code":-32601,"message":"Method not found"})";
    EXPECT_EQ(ask("completion/complete", params),
              answer(R"("result":{"completion":{"values":[],"hasMore":false}})"));
    EXPECT_EQ(sink_.kind, answer_kind::result);
    for (const std::string other :
         {R"("error":{"code":-32602,"message":"-32601"})", R"("result":{"code":-32601})"}) {
        link(1).answer = other;
        EXPECT_EQ(ask("completion/complete", params), answer(other));
    }
    link(1).answer = R"("error":{"code":-32601,"message":"Method not found"})";
    EXPECT_EQ(code_of(ask("tools/call", R"({"name":"b_t"})")), "-32601")
        << "an error of any other method stays";
}

} // namespace
} // namespace vmcp
