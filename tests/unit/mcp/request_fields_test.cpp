// What the front reads of a request's header fields.
#include "transport/mcp/front/request_fields.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace transport {
namespace {

request_fields with_accept(std::initializer_list<std::string_view> lines) {
    request_reader::header_type head;
    for (const auto line : lines)
        head.insert(boost::beast::http::field::accept, boost::beast::string_view(line.data(), line.size()));
    return read_request_fields(head);
}

TEST(request_fields, a_client_that_names_event_streams_first_prefers_them) {
    constexpr std::string_view stream = "text/event-stream";
    constexpr std::string_view json = "application/json";
    EXPECT_TRUE(with_accept({"text/event-stream, application/json"}).accepts.prefers_event_stream());
    EXPECT_FALSE(with_accept({"application/json, text/event-stream"}).accepts.prefers_event_stream());
    EXPECT_TRUE(with_accept({stream}).accepts.prefers_event_stream());
    EXPECT_FALSE(with_accept({json}).accepts.prefers_event_stream());
    EXPECT_FALSE(with_accept({}).accepts.prefers_event_stream());
    EXPECT_FALSE(with_accept({"*/*"}).accepts.prefers_event_stream());
}

TEST(request_fields, what_is_given_twice_with_different_values_is_told) {
    const auto read_with = [](std::string_view name, std::string_view one, std::string_view other) {
        request_reader::header_type head;
        for (const auto value : {one, other})
            head.insert(boost::beast::string_view(name.data(), name.size()),
                        boost::beast::string_view(value.data(), value.size()));
        return read_request_fields(head);
    };
    EXPECT_EQ(read_with("mcp-session-id", "a", "b").contradiction, "Mcp-Session-Id");
    EXPECT_EQ(read_with("mcp-session-id", "a", "a").contradiction, "");
    for (const std::string_view name : {"Mcp-Method", "Mcp-Name"}) {
        EXPECT_EQ(read_with(name, "a", "b").mirror_contradiction, name);
        EXPECT_EQ(read_with(name, "a", "b").contradiction, "") << "no business of clients with sessions";
        EXPECT_EQ(read_with(name, "a", "a").mirror_contradiction, "");
    }
}

TEST(request_fields, several_accept_lines_are_one_list) {
    constexpr std::string_view stream = "text/event-stream";
    constexpr std::string_view json = "application/json";
    EXPECT_FALSE(with_accept({json, stream}).accepts.prefers_event_stream());
    EXPECT_TRUE(with_accept({json, stream}).accepts.event_stream());
    EXPECT_FALSE(with_accept({"*/*", json, stream}).accepts.prefers_event_stream());
    EXPECT_TRUE(with_accept({stream, json}).accepts.prefers_event_stream());
}

} // namespace
} // namespace transport
