// Resources that no list names, subscriptions, and URIs in results.
#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {

using namespace test;

const std::string unknown = R"("error":{"code":-32002,"message":"Resource not found"})";

class resources : public gateway_world {
protected:
    // Backends that list nothing; "b0", "b1", ...
    void serve_empty(std::size_t count) {
        strings names;
        for (std::size_t i = 0; i < count; ++i)
            names.push_back("b" + std::to_string(i));
        serve(config_of(names), {});
        for (const auto& l : links_)
            l->answer = unknown;
    }
    strings asked() {
        strings out;
        for (const auto& text : sent())
            out.push_back(text.substr(0, text.find(':')));
        return out;
    }
    std::string read(std::string_view uri) {
        return ask("resources/read", R"({"uri":")" + std::string(uri) + "\"}");
    }
};

TEST_F(resources, an_unlisted_one_is_looked_for_in_order_until_somebody_has_it) {
    serve_empty(5);
    link(0).failing = fail(errc::backend_unavailable);
    link(2).resources = false;
    link(3).answer = R"("result":{"contents":[{"uri":"hid:1"}]})";
    std::vector<int> order;
    for (std::size_t i = 0; i < links_.size(); ++i)
        link(i).meanwhile = [&order, i] { order.push_back(static_cast<int>(i)); };
    EXPECT_EQ(ask("resources/read", R"({"uri":"hid\u003a1"})"), answer(link(3).answer));
    EXPECT_EQ(order, (std::vector<int>{0, 1, 3}));
    EXPECT_TRUE(link(3).got.at(0).repeatable);
    EXPECT_EQ(link(3).got.at(0).text, request("resources/read", R"({"uri":"hid\u003a1"})"))
        << "the client's bytes";

    order.clear(); // it was in the result: learned
    EXPECT_EQ(read("hid:1"), answer(link(3).answer));
    EXPECT_EQ(order, std::vector<int>{3});

    order.clear(); // the owner has lost it: nobody else has the owner's resources
    link(3).answer = unknown;
    link(4).answer = R"("result":{"contents":[]})";
    EXPECT_EQ(read("hid:1"), answer(unknown));
    EXPECT_EQ(order, std::vector<int>{3});
}

TEST_F(resources, what_nobody_has_is_an_error_that_names_it_as_it_was_written) {
    serve_empty(2);
    link(1).failing = fail(errc::backend_timeout);
    EXPECT_EQ(
        read(R"(no:\u0031)"),
        answer(R"("error":{"code":-32002,"message":"Resource not found: no:1","data":{"uri":"no:\u0031"}})"));
    EXPECT_EQ(asked(), (strings{"b0", "b1"}));
    EXPECT_EQ(sink_.kind, answer_kind::error);
}

TEST_F(resources, the_words_of_a_backend_that_does_not_have_it_are_not_an_answer) {
    serve_empty(2);
    link(0).answer = R"("error":{"code":-32602,"message":"bad","data":{"uri":"other:1"}})";
    link(1).answer = R"("result":{"contents":[]})";
    EXPECT_EQ(read("no:1"), answer(link(1).answer));
    EXPECT_FALSE(session_->learned("other:1"));
}

TEST_F(resources, a_made_up_uri_reaches_few_backends_and_one_that_was_mentioned_its_owner_only) {
    serve_empty(12);
    read("no:1");
    EXPECT_EQ(asked(), (strings{"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"}));
    session_->learn_uri("no:1", "b11");
    read("no:1");
    EXPECT_EQ(asked(), (strings{"b11"})) << "it is its own, whatever others would say";
    session_->learn_uri("no:2", "gone");
    read("no:2");
    EXPECT_EQ(asked().back(), "b7") << "a backend that was removed is nobody";
}

TEST_F(resources, the_search_ends_when_the_client_cancels) {
    serve_empty(3);
    link(1).failing = fail(errc::cancelled);
    EXPECT_EQ(read("no:1"), "");
    EXPECT_EQ(asked(), (strings{"b0", "b1"}));
}

TEST_F(resources, a_subscription_listens_first_and_is_remembered_under_the_backends_uri) {
    serve(config_of({"a", "b"}), {uris_of("a", {"r:1"}), uris_of("b", {"r:1"})});
    const auto& held = *link(1).session;
    int listening = -1;
    link(1).meanwhile = [&] { listening = held.listens; };
    EXPECT_EQ(ask("resources/subscribe", R"({"uri":"mcp+b:r:1"})"), answer(R"("result":{})"));
    EXPECT_EQ(listening, 1) << "an update may come before the answer";
    EXPECT_EQ(ask("resources/unsubscribe", R"({"uri":"mcp+b:r:1"})"), answer(R"("result":{})"));
    EXPECT_EQ(held.listens, 1) << "nobody listens in order to hear no more";
    EXPECT_EQ(held.subscriptions, (std::vector<std::pair<std::string, bool>>{{"r:1", true}, {"r:1", false}}));
    EXPECT_EQ(asked(), (strings{"b", "b"}));
}

TEST_F(resources, a_subscription_that_the_backend_refuses_is_not_remembered) {
    serve(config_of({"a"}), {uris_of("a", {"r:1"})});
    link(0).answer = R"("error":{"code":-32601,"message":"no subscriptions","data":{"result":1}})";
    for (const auto* method : {"resources/subscribe", "resources/unsubscribe"})
        EXPECT_EQ(ask(method, R"({"uri":"r:1"})"), answer(link(0).answer)) << method;
    EXPECT_TRUE(link(0).session->subscriptions.empty());
}

TEST_F(resources, a_subscription_to_an_unlisted_one_goes_to_the_backend_that_mentioned_it_and_to_no_other) {
    serve_empty(2);
    link(1).answer = R"("result":{})";
    EXPECT_EQ(code_of(ask("resources/subscribe", R"({"uri":"hid:1"})")), "-32002");
    session_->learn_uri("hid:1", "gone");
    EXPECT_EQ(code_of(ask("resources/subscribe", R"({"uri":"hid:1"})")), "-32002");
    EXPECT_EQ(sent(), strings{});
    session_->forget_uri("hid:1");
    session_->learn_uri("hid:1", "b1");
    EXPECT_EQ(ask("resources/subscribe", R"({"uri":"hid\u003a1"})"), answer(R"("result":{})"));
    EXPECT_EQ(sent(), strings{"b1: " + request("resources/subscribe", R"({"uri":"hid\u003a1"})")});
    EXPECT_EQ(link(1).session->subscriptions, (std::vector<std::pair<std::string, bool>>{{"hid:1", true}}));
}

TEST_F(resources, results_are_read_for_uris_where_a_client_may_find_them) {
    auto b = uris_of("b", {"r:1"});
    b.tools = tools_of("b", {"t"}).tools;
    b.prompts = prompts_of("b", {"p"}).prompts;
    serve(config_of({"a", "b"}), {uris_of("a", {"r:1"}), b});
    const std::string mentions = R"("result":{"x":[{"uri":"r:1"},{"uri":"hid:1"}]})";
    const std::string exposed = R"("result":{"x":[{"uri":"mcp+b:r:1"},{"uri":"hid:1"}]})";
    link(1).answer = mentions;
    struct {
        std::string_view method;
        std::string_view params;
        bool always; // also when the backend declared no resources
    } const rows[] = {{"tools/call", R"({"name":"t"})", false},
                      {"prompts/get", R"({"name":"p"})", false},
                      {"resources/read", R"({"uri":"mcp+b:r:1"})", true}};
    for (const auto& row : rows)
        for (const bool declared : {true, false}) {
            session_ = make_session();
            link(1).resources = declared;
            const bool seen = declared || row.always;
            EXPECT_EQ(ask(row.method, row.params), answer(seen ? exposed : mentions))
                << row.method << declared;
            EXPECT_EQ(session_->learned("hid:1"),
                      seen ? std::optional(uri_owner{"b", "hid:1"}) : std::nullopt)
                << row.method << declared;
            EXPECT_FALSE(session_->learned("r:1")) << "it is listed";
        }
}

} // namespace
} // namespace vmcp
