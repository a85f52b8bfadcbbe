// Sinks between backend and client: what passes, what is learned, what is changed.
#include "vmcp/service/result_sinks.hpp"

#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {

using namespace test;

class result_sinks : public testing::Test {
protected:
    // What of a result of that backend the client reads.
    std::string passed(const std::string& result, std::uint32_t backend) {
        struct keeping final : forwarding_sink {
            using forwarding_sink::forwarding_sink;
            awaitable<void> done(const reply& answer) override {
                text = answer.body;
                co_return;
            }
            std::string text{};
        } kept(out_);
        resource_sink sink(kept, session_.get(), *names_, backend);
        fakes::run(io_, sink.done(reply::of_result(result)));
        return kept.text;
    }

    std::shared_ptr<const catalog> names_ = merge(
        config_of({"a", "b"}), {uris_of("a", {"r:1", "a:\"q\""}), uris_of("b", {"r:1", "b:1"}, {"t:{x}"})});
    std::shared_ptr<live_session> session_ = make_session();
    recording_sink out_{};
    boost::asio::io_context io_{};
};

TEST_F(result_sinks, uris_that_another_backend_claims_are_exposed_and_all_other_bytes_stay) {
    struct row {
        std::string text, by_b;
        std::string by_a{}; // empty: as it is
    };
    const std::vector<row> rows{
        {R"({"uri":"r:1"})", R"({"uri":"mcp+b:r:1"})"},
        {R"( { "uri" : "r\u003a1" , "text":"r:1" } )", R"( { "uri" : "mcp+b:r:1" , "text":"r:1" } )"},
        {R"({"uri":"R:%31"})", R"({"uri":"mcp+b:R:%31"})"}, // another spelling of the same
        {R"([{"uri":"a:\"q\""},{"uri":"b:1"},{"x":{"uri":"r:1"}}])",
         R"([{"uri":"mcp+b:a:\"q\""},{"uri":"b:1"},{"x":{"uri":"mcp+b:r:1"}}])",
         R"([{"uri":"a:\"q\""},{"uri":"mcp+a:b:1"},{"x":{"uri":"r:1"}}])"},
        {R"({"_meta":{"ui":{"resourceUri":"r:1"},"ui/resourceUri":"r:1"}})",
         R"({"_meta":{"ui":{"resourceUri":"mcp+b:r:1"},"ui/resourceUri":"mcp+b:r:1"}})"},
        {R"({"uri":"b\u003a1","u":["r:1"],"uri2":"r:1"})", R"({"uri":"b\u003a1","u":["r:1"],"uri2":"r:1"})",
         R"({"uri":"mcp+a:b:1","u":["r:1"],"uri2":"r:1"})"},
        {R"({"uri":"\ud800","n":1.0e+0})", R"({"uri":"\ud800","n":1.0e+0})"},
    };
    for (const auto& one : rows) {
        EXPECT_EQ(passed(one.text, 1), one.by_b);
        EXPECT_EQ(passed(one.text, 0), one.by_a.empty() ? one.text : one.by_a) << "of a";
    }
}

TEST_F(result_sinks, what_is_listed_or_fits_a_template_is_not_learned) {
    resource_sink sink(out_, session_.get(), *names_, 1);
    const std::string text = R"([{"uri":"r:1"},{"uri":"b:1"},{"uri":"t:5"},{"uri":"hid:1"}])";
    fakes::run(io_, sink.done(reply::of_result(text)));
    for (const auto* uri : {"r:1", "b:1", "t:5"})
        EXPECT_FALSE(session_->learned(uri)) << uri;
    EXPECT_EQ(session_->learned("hid:1")->backend, "b");
    resource_sink later(out_, session_.get(), *names_, 0);
    fakes::run(io_, later.done(reply::of_result(R"({"uri":"hid:1"})")));
    EXPECT_EQ(session_->learned("hid:1")->backend, "b") << "the first one that mentioned it";
    session_->learn_uri("hid:2", "gone");
    fakes::run(io_, later.done(reply::of_result(R"({"uri":"hid:2"})")));
    EXPECT_EQ(session_->learned("hid:2")->backend, "a") << "a backend that was removed owns nothing";
}

// Two backends that mention the same URI, which neither lists.
TEST_F(result_sinks, what_one_mentioned_first_is_another_ones_only_in_a_form_that_leads_there) {
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 0), R"({"uri":"ui://page"})");
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 1), R"({"uri":"mcp+b:ui://page"})");
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 0), R"({"uri":"ui://page"})");
    EXPECT_EQ(names_->find_resource("mcp+b:ui://page")->backend, 1U);
    EXPECT_EQ(passed(R"({"uri":"https://page"})", 0), R"({"uri":"https://page"})");
    EXPECT_EQ(passed(R"({"uri":"https://page"})", 1), R"({"uri":"https://page"})")
        << "clients fetch it themselves";
}

TEST_F(result_sinks, mentions_are_the_same_in_any_spelling) {
    EXPECT_EQ(passed(R"({"uri":"UI://%70age"})", 0), R"({"uri":"UI://%70age"})");
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 0), R"({"uri":"ui://page"})");
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 1), R"({"uri":"mcp+b:ui://page"})");
}

TEST_F(result_sinks, what_cannot_be_remembered_says_itself_whose_it_is) {
    std::string text = "[";
    for (std::size_t i = 0; i < learned_uris::max_learned; ++i)
        text += R"({"uri":"n:)" + std::to_string(i) + R"("},)";
    EXPECT_EQ(passed(text + R"({"uri":"n:more"},{"uri":"https://more"}])", 0),
              text + R"({"uri":"mcp+a:n:more"},{"uri":"https://more"}])");
    EXPECT_EQ(session_->learned("n:0")->backend, "a");
    const std::string longer(learned_uris::max_learned_uri, 'x');
    EXPECT_EQ(passed(R"({"uri":"n:)" + longer + R"("})", 1), R"({"uri":"mcp+b:n:)" + longer + R"("})");
}

TEST_F(result_sinks, without_a_session_what_no_list_has_says_itself_whose_it_is) {
    session_ = nullptr;
    EXPECT_EQ(passed(R"([{"uri":"ui://page"},{"uri":"r:1"},{"uri":"t:5"},{"uri":"https://page"}])", 1),
              R"([{"uri":"mcp+b:ui://page"},{"uri":"mcp+b:r:1"},{"uri":"t:5"},{"uri":"https://page"}])");
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 0), R"({"uri":"mcp+a:ui://page"})");
    names_ = merge(config_of({"a"}), {uris_of("a", {"r:1"})});
    EXPECT_EQ(passed(R"({"uri":"ui://page"})", 0), R"({"uri":"ui://page"})") << "there is nobody else";
}

TEST_F(result_sinks, pages_of_tools_are_references) {
    for (const std::string_view key : {"resourceUri", "ui/resourceUri", "openai/outputTemplate"})
        EXPECT_EQ(passed(fmt::format(R"({{"_meta":{{"{}":"r:1"}}}})", key), 1),
                  fmt::format(R"({{"_meta":{{"{}":"mcp+b:r:1"}}}})", key));
}

TEST_F(result_sinks, members_beside_the_result_stay_as_they_were_written) {
    const auto text = R"({"x": 1.0,"jsonrpc":"2.0","result":{"uri":"r:1"},"id":9 ,"y":{"uri":"q"}})";
    resource_sink sink(out_, session_.get(), *names_, 1);
    fakes::run(io_, sink.done(reply::of_message(read_message(text).value(), answer_kind::result)));
    EXPECT_EQ(out_.answers,
              strings{R"({"x": 1.0,"jsonrpc":"2.0","result":{"uri":"mcp+b:r:1"},"id":1 ,"y":{"uri":"q"}})"});
}

TEST_F(result_sinks, errors_mention_resources_too) {
    const auto text = R"({"jsonrpc":"2.0","error":{"code":1,"message":"m","data":{"uri":"r:1"}}})";
    resource_sink sink(out_, session_.get(), *names_, 1);
    fakes::run(io_, sink.done(reply::of_message(read_message(text).value(), answer_kind::error)));
    EXPECT_EQ(out_.kind, answer_kind::error);
    EXPECT_NE(out_.answers.at(0).find("mcp+b:r:1"), std::string::npos);
}

TEST_F(result_sinks, all_but_the_response_passes_every_sink) {
    resource_sink reading(out_, session_.get(), *names_, 1);
    holding_sink holding(reading);
    reply_sink& held = holding;
    forwarding_sink outer(held);
    const std::string note = R"({"method":"x","params":{"uri":"r:1"}})";
    const std::string question = request("ping");
    fakes::run(io_, outer.notify(gather(note)));
    EXPECT_EQ(outer.ask(read_message(question).value()).error().code, errc::capability_missing);
    outer.pause();
    fakes::run(io_, outer.done(reply::of_result(R"({"uri":"r:1"})")));
    EXPECT_EQ(out_.notified, strings{note}) << "notifications are not rewritten here";
    EXPECT_EQ(out_.asked, 1);
    EXPECT_EQ(out_.paused, 1);
    EXPECT_EQ(out_.answers, strings{}) << "it was held";
    EXPECT_EQ(holding.held().body, R"({"uri":"r:1"})");
}

} // namespace
} // namespace vmcp
