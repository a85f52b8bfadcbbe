// Texts in pieces, and replacing slices of a text without copying the rest.
#include "vmcp/base/gather.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

TEST(gather, keeps_the_order_and_drops_empty_pieces) {
    gather g("a");
    g.add("");
    g.add("bc");
    EXPECT_EQ(g.pieces().size(), 2U);
    EXPECT_EQ(g.size(), 3U);
    EXPECT_EQ(g.str(), "abc");
    std::string out = ">";
    g.append_to(out);
    EXPECT_EQ(out, ">abc");
}

TEST(gather, an_empty_one_is_empty) {
    EXPECT_EQ(gather{}.size(), 0U);
    EXPECT_EQ(gather{}.str(), "");
    EXPECT_TRUE(gather("").pieces().empty());
}

TEST(splice, without_edits_is_the_source_in_one_piece) {
    const std::string source = "unchanged";
    const gather g = splice(source).pieces();
    ASSERT_EQ(g.pieces().size(), 1U);
    EXPECT_EQ(g.pieces()[0].data(), source.data());
}

TEST(splice, edits_may_come_in_any_order) {
    const std::string source = "0123456789";
    const std::string_view view = source;
    splice s(view);
    s.replace(view.substr(8, 1), "EIGHT");
    s.replace(view.substr(0, 1), "zero");
    s.replace(view.substr(4, 2), "");
    EXPECT_EQ(s.pieces().str(), "zero12367EIGHT9");
}

TEST(splice, an_absent_slice_is_ignored) {
    splice s("abc");
    s.replace({}, "x");
    EXPECT_EQ(s.pieces().str(), "abc");
}

TEST(splice, replaces_neighbours_and_both_ends) {
    const std::string_view source = "abcdef";
    splice s(source);
    s.replace(source.substr(4, 2), "Z");
    s.replace(source.substr(0, 2), "X");
    s.replace(source.substr(2, 2), "Y");
    EXPECT_EQ(s.pieces().str(), "XYZ");
}

TEST(splice, takes_as_many_edits_as_it_promises_and_the_gather_holds_them) {
    const std::string_view source = ".a.b.c.d.e.f.";
    splice s(source);
    for (std::size_t i = 0; i < 6; ++i)
        s.replace(source.substr(1 + 2 * i, 1), "--");
    EXPECT_EQ(s.pieces().str(), ".--.--.--.--.--.--.");
}

TEST(splice, what_stays_is_not_copied) {
    const std::string source = "head VALUE tail";
    const std::string_view view = source;
    splice s(view);
    s.replace(view.substr(5, 5), "v");
    const gather g = s.pieces();
    ASSERT_EQ(g.pieces().size(), 3U);
    EXPECT_EQ(g.pieces()[0].data(), source.data());
    EXPECT_EQ(g.pieces()[2].data(), source.data() + 10);
}

} // namespace
} // namespace vmcp
