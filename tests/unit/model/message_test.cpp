// The envelope reader: what it takes, what it refuses, and that it hands out the bytes as they were written.
#include "vmcp/base/gather.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/reply.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vmcp {
namespace {

using kind = message::kind;

errc error_of(std::string_view text) {
    const auto m = read_message(text);
    return m ? errc::internal : m.error().code;
}

TEST(message, kinds) {
    EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")->type, kind::request);
    EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","method":"notifications/initialized"})")->type,
              kind::notification);
    EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":1,"result":{}})")->type, kind::response);
    EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":1,"result":null})")->type, kind::response);
    EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})")->type, kind::error);
}

TEST(message, slices_are_the_bytes_of_the_source) {
    const std::string text =
        " \n{ \"method\" : \"tools\\/call\", \"params\": { \"name\" "
        ":\"\\u0041\",\"_meta\":{\"progressToken\" : 1e2 ,"
        "\"x\":[]} , \"arguments\":{\"name\":\"inner\"}} ,\"id\":\"a\\\"\", \"jsonrpc\":\"2.0\"}\t";
    const auto m = read_message(text);
    ASSERT_TRUE(m) << m.error().message();
    EXPECT_EQ(m->type, kind::request);
    EXPECT_EQ(m->method, "tools/call") << "decoded";
    EXPECT_EQ(m->id.raw, R"("a\"")");
    EXPECT_EQ(m->param.name.raw, R"("\u0041")") << "that of params, not that of arguments";
    EXPECT_EQ(m->param.meta_token.raw, "1e2");
    EXPECT_EQ(m->param.meta.raw, "{\"progressToken\" : 1e2 ,\"x\":[]}");
    EXPECT_EQ(m->whole, std::string_view(text).substr(2, text.size() - 3));
    for (const auto slice : {m->id.raw, m->param.name.raw, m->param.meta.raw, m->params.raw, m->whole}) {
        EXPECT_GE(slice.data(), text.data());
        EXPECT_LE(slice.data() + slice.size(), text.data() + text.size());
    }
}

TEST(message, every_known_param) {
    const auto m = read_message(
        R"({"jsonrpc":"2.0","method":"m","params":{"name":"n","uri":"u","cursor":"c","level":"l","ref":{"r":1},"requestId":7,"progressToken":"t"}})");
    ASSERT_TRUE(m);
    EXPECT_EQ(m->param.name.raw, "\"n\"");
    EXPECT_EQ(m->param.uri.raw, "\"u\"");
    EXPECT_EQ(m->param.cursor.raw, "\"c\"");
    EXPECT_EQ(m->param.level.raw, "\"l\"");
    EXPECT_EQ(m->param.ref.raw, R"({"r":1})");
    EXPECT_EQ(m->param.request_id.raw, "7");
    EXPECT_EQ(m->param.progress_token.raw, "\"t\"");
    EXPECT_TRUE(m->param.meta.empty());
}

TEST(message, escaped_keys_are_the_same_keys) {
    const auto m = read_message(
        R"({"json\u0072pc":"2.0","\u0069d":1,"method":"x","params":{"\u006eame":"n","_met\u0061":{"progress\u0054oken":2}}})");
    ASSERT_TRUE(m) << m.error().message();
    EXPECT_EQ(m->id.raw, "1");
    EXPECT_EQ(m->param.name.raw, "\"n\"");
    EXPECT_EQ(m->param.meta_token.raw, "2");
}

TEST(message, members_given_twice_are_refused_where_two_readers_could_disagree) {
    for (const auto* text :
         {R"({"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"id":1,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","method":"y"})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{},"params":{}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"a","name":"b"}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"uri":"a","\u0075ri":"b"}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{},"_meta":{}}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":1,"progressToken":1}}})",
          R"({"jsonrpc":"2.0","id":1,"result":{},"result":{}})",
          R"({"jsonrpc":"2.0","id":1,"error":{},"error":{}})"})
        EXPECT_EQ(error_of(text), errc::invalid_request) << text;
    // Members nobody reads may come as often as they like: they travel as they are.
    EXPECT_TRUE(read_message(R"({"jsonrpc":"2.0","id":1,"method":"x","y":1,"y":2,"params":{"z":1,"z":2}})"));
}

TEST(message, a_tool_that_failed) {
    const auto failed = [](std::string_view result) {
        const auto text = R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(result) + "}";
        const auto m = read_message(text);
        EXPECT_TRUE(m) << text;
        EXPECT_EQ(m->result.raw, result);
        return m->tool_failed;
    };
    EXPECT_TRUE(failed(R"({"content":[],"isError":true})"));
    EXPECT_TRUE(failed(R"({ "isErr\u006fr" : true , "content":[]})"));
    EXPECT_FALSE(failed(R"({"content":[],"isError":false})"));
    EXPECT_FALSE(failed(R"({"content":[{"isError":true}]})"));
    EXPECT_FALSE(failed(R"({"content":[{"text":"\"isError\":true"}]})"));
    EXPECT_FALSE(failed(R"([{"isError":true}])"));
}

// Many servers and clients write every member of their types, and null where the protocol has none.
TEST(message, a_null_where_the_protocol_has_no_member_counts_as_absent) {
    struct row {
        std::string_view text;
        kind type;
        std::string_view plain;
    };
    for (const auto& [text, type, plain] : {
             row{R"({"jsonrpc":"2.0","id":1,"result":{},"error":null})", kind::response,
                 R"({"jsonrpc":"2.0","id":1,"result":{}})"},
             row{R"({ "error" : null , "id":1, "jsonrpc":"2.0","result":{"a":null}, "x":null })",
                 kind::response, R"({ "id":1, "jsonrpc":"2.0","result":{"a":null}, "x":null })"},
             row{R"({"jsonrpc":"2.0","id":1,"result":null})", kind::response,
                 R"({"jsonrpc":"2.0","id":1,"result":null})"},
             row{R"({"jsonrpc":"2.0","id":1,"result":null,"\u0065rror":null})", kind::response,
                 R"({"jsonrpc":"2.0","id":1,"result":null})"},
             row{R"({"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":"m"}})", kind::error,
                 R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})"},
             row{R"({"method":null,"params":null,"error":null,"jsonrpc":"2.0","id":1,"result":{}})",
                 kind::response, R"({"jsonrpc":"2.0","id":1,"result":{}})"},
             row{R"({"method":null,"jsonrpc":"2.0","params":null,"result":null,"id":1,"error":{"code":1}})",
                 kind::error, R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})"},
             row{R"({"jsonrpc":"2.0","method":"notifications/initialized","params":null})",
                 kind::notification, R"({"jsonrpc":"2.0","method":"notifications/initialized"})"},
             row{R"({"params":null,"jsonrpc":"2.0","id":1,"method":"tools/list"})", kind::request,
                 R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"},
             row{R"({"jsonrpc":"2.0","id":1,"result":null,"error":null,"method":"ping","params":null})",
                 kind::request, R"({"jsonrpc":"2.0","id":1,"method":"ping"})"},
         }) {
        const auto m = read_message(text);
        ASSERT_TRUE(m) << text << ": " << m.error().message();
        EXPECT_EQ(m->type, type) << text;
        EXPECT_EQ(m->whole, text) << "the bytes as they came";
        EXPECT_EQ(plain_text(*m), plain);
        EXPECT_TRUE(m->params.empty()) << text;
        EXPECT_NE(m->type == kind::response, m->result.empty()) << text;
        EXPECT_NE(m->type == kind::error, m->error.empty()) << text;
        const std::string copy(m->whole);
        EXPECT_EQ(plain_text(moved_message(*m, copy)), plain);
    }
}

TEST(message, a_null_that_stands_for_nothing_else_is_refused) {
    for (const auto* text :
         {R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"error":null})",
          R"({"jsonrpc":"2.0","id":1,"method":null})", R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
          R"({"jsonrpc":"2.0","id":null,"result":{},"error":null})", R"({"jsonrpc":null,"id":1,"result":{}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","result":{}})",
          R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
          R"({"jsonrpc":"2.0","id":1,"result":{},"error":null,"error":null})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":null,"params":{"name":"a"}})"})
        EXPECT_EQ(error_of(text), errc::invalid_request) << text;
}

TEST(message, optional_params_that_are_null_are_absent_and_payloads_are_not_touched) {
    const auto m = read_message(
        R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"cursor":null,"_meta":null,"arguments":null,"name":null}})");
    ASSERT_TRUE(m);
    EXPECT_TRUE(m->param.cursor.empty());
    EXPECT_TRUE(m->param.meta.empty());
    EXPECT_EQ(m->param.arguments.raw, "null");
    EXPECT_EQ(m->param.name.raw, "null") << "it is not optional";
    EXPECT_EQ(plain_text(*m), m->whole);
    const auto token =
        read_message(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":null}}})");
    ASSERT_TRUE(token);
    EXPECT_TRUE(token->param.meta_token.empty());
    EXPECT_EQ(token->param.meta.raw, R"({"progressToken":null})");
}

TEST(message, a_question_and_a_kept_reply_go_on_without_what_is_surplus) {
    const auto asked =
        read_message(R"({"error":null,"jsonrpc":"2.0","id":"a","method":"ping","params":null})");
    ASSERT_TRUE(asked);
    EXPECT_EQ(question_message(7, *asked), R"({"jsonrpc":"2.0","id":7,"method":"ping"})");
    const auto answered = read_message(R"({"jsonrpc":"2.0","id":1,"error":null,"result":{"a":1}})");
    ASSERT_TRUE(answered);
    const kept_reply kept(reply::of_message(*answered, answer_kind::result));
    const auto view = kept.view();
    splice text(view.whole);
    leave_out(text, view.surplus);
    EXPECT_EQ(text.pieces().str(), R"({"jsonrpc":"2.0","id":1,"result":{"a":1}})");
    EXPECT_EQ(view.body, R"({"a":1})");
}

TEST(message, ids) {
    for (const auto* id :
         {"0", "-1", "1", "1.0", "1e2", "1E+2", "10000000000000000000000", "\"\"", "\"\\ud800\""}) {
        const auto text = std::string(R"({"jsonrpc":"2.0","method":"x","id":)") + id + "}";
        const auto m = read_message(text);
        ASSERT_TRUE(m) << id;
        EXPECT_EQ(m->id.raw, id);
    }
    for (const auto* id : {"null", "true", "[]", "{}", "1.5", "1e-1", "0.1"}) {
        EXPECT_EQ(error_of(std::string(R"({"jsonrpc":"2.0","method":"x","id":)") + id + "}"),
                  errc::invalid_request)
            << id;
        EXPECT_EQ(error_of(std::string(R"({"jsonrpc":"2.0","result":1,"id":)") + id + "}"),
                  errc::invalid_request)
            << id;
    }
    EXPECT_EQ(error_of(R"({"jsonrpc":"2.0","result":{}})"), errc::invalid_request) << "a response to nothing";
    for (const auto* text :
         {R"({"jsonrpc":"2.0","error":{},"id":null})", R"({"jsonrpc":"2.0","error":{}})"}) {
        const auto m = read_message(text);
        ASSERT_TRUE(m) << text;
        EXPECT_TRUE(m->id.empty());
    }
}

TEST(message, what_is_json_but_no_message) {
    for (const auto* text :
         {"1", "\"x\"", "null", "[]", "{}", R"({"jsonrpc":"2.0"})",
          R"({"jsonrpc":"1.0","id":1,"method":"x"})", R"({"id":1,"method":"x"})",
          R"({"jsonrpc":2.0,"id":1,"method":"x"})", R"({"jsonrpc":"2.0","id":1,"method":7})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","result":1})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","error":{}})",
          R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})", R"({"jsonrpc":"2.0","id":1,"error":"x"})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":1})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})"})
        EXPECT_EQ(error_of(text), errc::invalid_request) << text;
}

TEST(message, what_is_no_json) {
    for (const auto* text : {"", " ", "{", "{}x", "{} {}", R"({"jsonrpc":"2.0","id":1,"method":"x"},)",
                             R"({"jsonrpc":"2.0" "id":1})", R"({"jsonrpc":"2.0","id":01,"method":"x"})",
                             "{\"a\":\"\x80\"}", "{\"a\":\"\x01\"}", "nul", "\xEF\xBB\xBF{}"})
        EXPECT_EQ(error_of(text), errc::parse_error) << text;
    EXPECT_EQ(error_of(std::string_view("{}\0{}", 5)), errc::parse_error);
    // Broken JSON is the better report than what else is wrong before it.
    EXPECT_EQ(error_of(R"({"jsonrpc":"2.0","id":1,"id":2,"method":)"), errc::parse_error);
}

TEST(message, depth_is_bounded_where_the_caller_says) {
    const auto nested = [](unsigned levels) {
        return R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":)" + std::string(levels, '[') +
               std::string(levels, ']') + "}}";
    };
    EXPECT_TRUE(read_message(nested(8), 10));
    EXPECT_FALSE(read_message(nested(9), 10));
    EXPECT_TRUE(read_message(nested(62)));
    EXPECT_FALSE(read_message(nested(63)));
    EXPECT_EQ(error_of(nested(100'000)), errc::parse_error);
}

TEST(message, splicing_all_slices_at_once_changes_nothing_else) {
    const std::string text =
        R"({"id":1,"params":{"_meta":{"progressToken":"p"},"name":"n"},"method":"tools/call","jsonrpc":"2.0"})";
    const auto m = read_message(text);
    ASSERT_TRUE(m);
    splice changed(m->whole);
    changed.replace(m->param.name.raw, "\"other\"");
    changed.replace(m->id.raw, "42");
    changed.replace(m->param.meta_token.raw, "43");
    EXPECT_EQ(
        changed.pieces().str(),
        R"({"id":42,"params":{"_meta":{"progressToken":43},"name":"other"},"method":"tools/call","jsonrpc":"2.0"})");
}

TEST(batch, elements_are_slices) {
    const std::string text = " [ {\"a\":1} , [ ] ,\"x\"\n] ";
    const auto parts = read_batch(text, 3);
    ASSERT_TRUE(parts);
    EXPECT_EQ(*parts, (std::vector<std::string_view>{"{\"a\":1}", "[ ]", "\"x\""}));
    EXPECT_EQ(read_batch(text, 2).error().code, errc::invalid_request);
    EXPECT_EQ(read_batch("[]", 5).error().code, errc::invalid_request);
    for (const auto* bad : {"[", "[1", "[1,]", "[1] 2", "{}", "", "[,1]", "[1 2]"})
        EXPECT_EQ(read_batch(bad, 5).error().code, errc::parse_error) << bad;
    EXPECT_TRUE(looks_like_batch("\r\n\t ["));
    EXPECT_FALSE(looks_like_batch(""));
    EXPECT_FALSE(looks_like_batch("  "));
    EXPECT_FALSE(looks_like_batch("{["));
}

TEST(batch, an_element_may_be_as_deep_as_a_message) {
    const std::string deep = std::string(64, '[') + std::string(64, ']');
    EXPECT_TRUE(read_batch("[" + deep + "]", 1));
    EXPECT_FALSE(read_batch("[[" + deep + "]]", 1));
}

TEST(built_messages, can_be_read_again) {
    EXPECT_EQ(result_message("\"a\"", "{}"), R"({"jsonrpc":"2.0","id":"a","result":{}})");
    EXPECT_EQ(error_message("1", -5, "a \"b\"\n", "[1]"),
              R"({"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"a \"b\"\n","data":[1]}})");
    EXPECT_EQ(error_message("", -5, "x"), R"({"jsonrpc":"2.0","id":null,"error":{"code":-5,"message":"x"}})");
    EXPECT_EQ(request_message("1", "m"), R"({"jsonrpc":"2.0","id":1,"method":"m"})");
    EXPECT_EQ(notification_message("m", "{}"), R"({"jsonrpc":"2.0","method":"m","params":{}})");
    for (const auto& text :
         {result_message("1", "2"), error_message("", fail(errc::unknown_tool, "\x01\"\\")),
          request_message("\"\"", "m", "{}"), notification_message("m")})
        EXPECT_TRUE(read_message(text)) << text;
}

} // namespace
} // namespace vmcp
