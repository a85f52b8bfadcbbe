// The event stream of an HTTP+SSE backend, read without a socket: where messages go, and which events are messages.
#include "transport/mcp/sse_back/sse_stream_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace transport::test {
namespace {

using step = sse_stream_machine::step;
using testing::ElementsAre;
using testing::HasSubstr;

vmcp::url asked() {
    return *vmcp::parse_url("https://h:8443/a/sse?key=1");
}

// What it says of these bytes, in words.
std::vector<std::string> said(sse_stream_machine& machine, std::string_view bytes) {
    std::vector<std::string> out;
    machine.feed(bytes);
    for (;;)
        switch (machine.next()) {
        case step::more:
            return out;
        case step::endpoint:
            out.push_back("endpoint " + machine.target());
            break;
        case step::message:
            out.push_back("message " + machine.take_text());
            break;
        case step::failed:
            out.push_back("failed " + machine.why().detail);
            return out;
        }
}

std::vector<std::string> said(std::string_view bytes, std::size_t most = 1000) {
    sse_stream_machine machine(asked(), most);
    return said(machine, bytes);
}

TEST(sse_stream_machine, finds_where_messages_go_and_then_messages) {
    EXPECT_THAT(said("event: endpoint\ndata: /m?s=1\n\nevent: message\ndata: {}\n\ndata: []\n\n"),
                ElementsAre("endpoint /m?s=1", "message {}", "message []"));
}

TEST(sse_stream_machine, takes_any_fragmentation) {
    sse_stream_machine machine(asked(), 1000);
    std::vector<std::string> all;
    const std::string_view text = ": hello\r\n\r\nevent: endpoint\r\ndata: /m\r\n\r\ndata: {}\r\n\r\n";
    for (const char c : text)
        for (auto& one : said(machine, {&c, 1}))
            all.push_back(std::move(one));
    EXPECT_THAT(all, ElementsAre("endpoint /m", "message {}"));
}

TEST(sse_stream_machine, resolves_what_is_relative_against_the_url_of_the_stream) {
    const auto target = [](std::string_view reference) {
        return said("event: endpoint\ndata: " + std::string(reference) + "\n\n");
    };
    EXPECT_THAT(target("messages/?id=2"), ElementsAre("endpoint /a/messages/?id=2"));
    EXPECT_THAT(target("../m"), ElementsAre("endpoint /m"));
    EXPECT_THAT(target("?id=3"), ElementsAre("endpoint /a/sse?id=3"));
    EXPECT_THAT(target("https://h:8443/x"), ElementsAre("endpoint /x"));
    EXPECT_THAT(target("//h:8443/x"), ElementsAre("endpoint /x"));
}

TEST(sse_stream_machine, blanks_around_the_endpoint_are_not_of_it) {
    EXPECT_THAT(said("event: endpoint\ndata:  \t/m?s=1 \t\n\n"), ElementsAre("endpoint /m?s=1"));
    EXPECT_THAT(said("event: endpoint\ndata:  https://h:8443/m \r\n\r\n"), ElementsAre("endpoint /m"));
    EXPECT_THAT(said("event: endpoint\ndata:   \n\n")[0], HasSubstr("is no URL that can be used"));
}

TEST(sse_stream_machine, sends_nothing_to_another_origin_and_does_not_show_the_path) {
    for (const std::string_view reference :
         {"http://h:8443/secret", "https://h/secret", "https://evil:8443/secret", "//evil/secret",
          "https://h:8443@evil/secret"}) {
        const auto all = said("event: endpoint\ndata: " + std::string(reference) + "\n\ndata: {}\n\n");
        ASSERT_EQ(all.size(), 1U) << reference;
        EXPECT_THAT(all[0], HasSubstr("failed its endpoint event leads to another origin")) << reference;
        EXPECT_THAT(all[0], testing::Not(HasSubstr("secret"))) << reference;
    }
    for (const std::string_view reference : {"javascript:secret", "file:///secret", "http://"}) {
        const auto all = said("event: endpoint\ndata: " + std::string(reference) + "\n\ndata: {}\n\n");
        ASSERT_EQ(all.size(), 1U) << reference;
        EXPECT_THAT(all[0], HasSubstr("failed its endpoint event is no URL that can be used")) << reference;
        EXPECT_THAT(all[0], testing::Not(HasSubstr("secret"))) << reference;
    }
    EXPECT_THAT(said("event: endpoint\ndata: http://inner:80/m\n\n")[0], HasSubstr("(http://inner)"));
}

TEST(sse_stream_machine, passes_over_what_comes_before_the_endpoint_and_other_endpoints_after_it) {
    EXPECT_THAT(said("data: {}\n\nevent: hello\ndata: x\n\nevent: endpoint\ndata: /m\n\n"
                     "event: endpoint\ndata: https://evil/\n\nevent: ping\ndata: x\n\ndata: {}\n\n"),
                ElementsAre("endpoint /m", "message {}"));
}

TEST(sse_stream_machine, an_endpoint_without_text_is_none) {
    EXPECT_THAT(said("event: endpoint\ndata:\n\nevent: endpoint\n\n"), ElementsAre());
}

TEST(sse_stream_machine, refuses_what_is_too_long_for_good) {
    EXPECT_THAT(said("event: endpoint\ndata: /" + std::string(9000, 'x') + "\n\n", 10'000)[0],
                HasSubstr("has 9001 bytes, more than 8192"));
    sse_stream_machine machine(asked(), 20);
    EXPECT_THAT(said(machine, "event: endpoint\ndata: /m\n\ndata: " + std::string(21, 'x') + "\n\n"),
                ElementsAre("endpoint /m", HasSubstr("failed an event on its stream is larger")));
    EXPECT_EQ(machine.next(), step::failed);
}

} // namespace
} // namespace transport::test
