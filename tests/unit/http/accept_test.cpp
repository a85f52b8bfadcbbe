// Accept and Content-Type values as clients write them, and as they should not.
#include "transport/http/accept.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

using transport::accepted_media;

namespace {

struct row {
    std::vector<std::string_view> fields;
    bool json;
    bool event_stream;
};

const row rows[] = {
    {{}, true, true},   // RFC 9110 12.5.1: no field, any media type
    {{""}, true, true}, // a list without members says no more
    {{" , ,"}, true, true},
    {{"", "application/json"}, true, false},
    {{"application/json, text/event-stream"}, true, true},
    {{"application/json,text/event-stream"}, true, true},
    {{"application/json", "text/event-stream"}, true, true},
    {{"application/json"}, true, false},
    {{"text/event-stream"}, false, true},
    {{"APPLICATION/JSON, Text/Event-Stream"}, true, true},
    {{"*/*"}, true, true},
    {{"*"}, true, true},
    {{"application/*"}, true, false},
    {{"text/*"}, false, true},
    {{"text/html"}, false, false},
    {{"application/jsonp, text/event-streams"}, false, false},
    {{"application/json2, xtext/event-stream"}, false, false},
    {{"application/json;charset=utf-8 , text/event-stream ; q=0.5"}, true, true},
    // Weights: zero means "not this".
    {{"application/json;q=0, text/event-stream"}, false, true},
    {{"application/json; q=0.000"}, false, false},
    {{"application/json; Q=0"}, false, false},
    {{"application/json;version=1;q=0"}, false, false},
    {{"application/json;q=0.001"}, true, false},
    {{"application/json;q=1"}, true, false},
    {{"application/json;q="}, true, false},
    // The most specific range wins, wherever it stands.
    {{"text/event-stream;q=0, */*"}, true, false},
    {{"*/*, text/event-stream;q=0"}, true, false},
    {{"*/*;q=0, application/json"}, true, false},
    {{"text/*;q=0, */*"}, true, false},
    {{"text/*;q=0", "text/event-stream"}, false, true},
    {{"*/*", "application/*;q=0"}, false, true},
    // Commas and semicolons inside quoted strings do not end a range.
    {{"application/json;p=\"a,b;q=0\", text/event-stream"}, true, true},
    {{"text/html;p=\"x, application/json\""}, false, false},
    {{"text/html;p=\"\\\", application/json\""}, false, false},
    {{"text/html;p=\"open, application/json"}, false, false},
    {{",, ,application/json,,"}, true, false},
};

} // namespace

TEST(accepted_media, follows_the_table) {
    for (const auto& [fields, json, event_stream] : rows) {
        SCOPED_TRACE(testing::PrintToString(fields));
        accepted_media accepted;
        for (const auto field : fields)
            accepted.add(field);
        EXPECT_EQ(accepted.json(), json);
        EXPECT_EQ(accepted.event_stream(), event_stream);
    }
}

TEST(accepted_media, prefers_by_weight_and_then_by_order) {
    struct preference {
        std::vector<std::string_view> fields;
        bool event_stream;
    };
    const preference cases[] = {
        {{}, false},
        {{""}, false},
        {{"*/*"}, false},
        {{"application/json"}, false},
        {{"text/event-stream"}, true},
        {{"text/*"}, true},
        {{"application/json, text/event-stream"}, false},
        {{"text/event-stream, application/json"}, true},
        {{"text/event-stream, */*"}, true},
        {{"text/event-stream", "application/json"}, true},
        // What is not acceptable is not preferred, wherever it stands.
        {{"text/event-stream;q=0, application/json"}, false},
        {{"text/event-stream;q=0, */*"}, false},
        {{"text/event-stream; Q=0.000 , application/*"}, false},
        {{"text/event-stream;q=0"}, false},
        {{"text/html"}, false},
        {{"text/event-stream;q=0.1, application/json;q=0.9"}, false},
        {{"application/json;q=0.1, text/event-stream;q=0.9"}, true},
        {{"text/event-stream;q=0.5, application/json"}, false},
        {{"text/event-stream;q=0.5, application/json;q=0.500"}, true},
        {{"application/json;q=0, text/event-stream;q=0.1"}, true},
        {{"application/json;q=0, */*"}, true}, // all that is left
        {{"application/json;q=0.5, */*"}, false},
        {{"text/event-stream;q=nonsense, application/json;q=0.9"}, true},
    };
    for (const auto& [fields, event_stream] : cases) {
        SCOPED_TRACE(testing::PrintToString(fields));
        accepted_media accepted;
        for (const auto field : fields)
            accepted.add(field);
        EXPECT_EQ(accepted.prefers_event_stream(), event_stream);
        EXPECT_TRUE(!accepted.prefers_event_stream() || accepted.names_event_stream());
    }
}

TEST(content_type, is_compared_without_case_and_parameters) {
    for (const std::string_view yes :
         {"application/json", "Application/JSON", " application/json ", "application/json;",
          "application/json; charset=utf-8", "application/json;charset=\"a,b\""}) {
        EXPECT_TRUE(transport::is_json(yes)) << yes;
        EXPECT_FALSE(transport::is_event_stream(yes)) << yes;
    }
    for (const std::string_view no :
         {"", ";", "json", "application/jsonx", "application/json-rpc", "application",
          "application/json, text/plain", "text/json", "application /json", "*/*"})
        EXPECT_FALSE(transport::is_json(no)) << no;
    EXPECT_TRUE(transport::is_event_stream("text/event-stream"));
    EXPECT_TRUE(transport::is_event_stream("Text/Event-Stream; charset=utf-8"));
    EXPECT_FALSE(transport::is_event_stream("text/event-stream2"));
    EXPECT_FALSE(transport::is_event_stream("application/json"));
}
