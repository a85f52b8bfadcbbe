#include "vmcp/model/traceparent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";
const std::string whole = "00-" + trace + "-" + parent + "-01";

std::string with_version(const std::string& version, const std::string& rest = "") {
    return version + whole.substr(2) + rest;
}

TEST(traceparent, is_read_and_written) {
    const auto read = read_traceparent(whole);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->known());
    EXPECT_TRUE(read->sampled);
    EXPECT_EQ(hex_text(read->trace_id), trace);
    EXPECT_EQ(hex_text(read->span_id), parent);
    EXPECT_EQ(traceparent_text(*read), whole);
    EXPECT_FALSE(read_traceparent("00-" + trace + "-" + parent + "-00")->sampled);
}

// Only the sampled bit has a meaning here; the others are not passed on (3.2.2.5: "MUST be set to zero").
TEST(traceparent, other_flags_are_not_passed_on) {
    EXPECT_EQ(traceparent_text(*read_traceparent("00-" + trace + "-" + parent + "-ff")), whole);
    EXPECT_FALSE(read_traceparent("00-" + trace + "-" + parent + "-fe")->sampled);
}

TEST(traceparent, what_is_malformed_is_none) {
    const std::string zeros(32, '0');
    for (const auto& text : {
             std::string(),
             whole.substr(1),
             whole + "-",
             whole + " ",
             " " + whole,
             whole.substr(0, 54),
             with_version("ff"),
             with_version("0"),
             with_version("0x"),
             with_version("00", "-what"),
             "00-" + trace.substr(1) + "g-" + parent + "-01",
             "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01",
             "00-" + trace + "-" + parent + "-0A",
             "00-" + trace + "-B7AD6B7169203331-01",
             "00_" + trace + "-" + parent + "-01",
             "00-" + trace + "_" + parent + "-01",
             "00-" + trace + "-" + parent + "_01",
             "00-" + zeros + "-" + parent + "-01",
             "00-" + trace + "-" + zeros.substr(16) + "-01",
             "00-" + trace + "-" + parent + "-0g",
         })
        EXPECT_FALSE(read_traceparent(text)) << text;
}

// Section 4.3: what is longer may hold more, behind a dash.
TEST(traceparent, of_versions_to_come_the_known_fields_are_read) {
    for (const auto& text : {with_version("01"), with_version("cc"), with_version("fe", "-what-the-future")})
        EXPECT_EQ(traceparent_text(read_traceparent(text).value_or(trace_context{})), whole) << text;
    EXPECT_FALSE(read_traceparent(with_version("01", ".what")));
}

TEST(tracestate, goes_on_as_it_came) {
    EXPECT_EQ(read_tracestate("congo=t61rcWkgMzE"), "congo=t61rcWkgMzE");
    EXPECT_EQ(read_tracestate("a=1, b=2 ,\tc=3,,"), "a=1,b=2,c=3");
    EXPECT_EQ(read_tracestate("fw529a3039@dt=FfAb_-*/ !~"), "fw529a3039@dt=FfAb_-*/ !~");
    EXPECT_EQ(read_tracestate("1a=x"), "1a=x");
    EXPECT_EQ(read_tracestate(" , ,"), "");
}

TEST(tracestate, what_is_malformed_goes_nowhere) {
    for (const std::string text :
         {"a", "=1", "a=", "A=1", "a b=1", "a=1,a=2", "a=b=c", "a=\x7f", "a=\xc3\xa4", "@dt=1", "a@=1",
          "a@b@c=1", "a@fifteen-letters=1", "-a=1", "a=1\nb=2"})
        EXPECT_EQ(read_tracestate(text), "") << text;
    EXPECT_EQ(read_tracestate("a=" + std::string(257, 'x')), "");
    EXPECT_EQ(read_tracestate(std::string(257, 'a') + "=1"), "");
}

TEST(tracestate, has_bounds) {
    std::string many;
    for (int i = 0; i < 33; ++i)
        many += (i > 0 ? ",k" : "k") + std::to_string(i) + "=1";
    EXPECT_EQ(read_tracestate(many), "");
    many.resize(many.rfind(','));
    EXPECT_EQ(read_tracestate(many), many);
    const std::string long_member = "=" + std::string(250, 'x');
    const auto two = "a" + long_member + ",b" + long_member;
    EXPECT_EQ(read_tracestate(two), two);
    EXPECT_EQ(read_tracestate(two + ",c=123456789"), two);
    EXPECT_EQ(read_tracestate(two + ",c" + long_member + ",d=1"), two) << "what is on the right goes first";
    EXPECT_EQ(read_tracestate(std::string(9'000, ',')), "");
}

} // namespace
} // namespace vmcp
