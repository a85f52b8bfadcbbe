// Lines out of pieces, and lines that are too long.
#include "transport/process/line_framing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

using step = line_framing::step;
using strings = std::vector<std::string>;

// What comes of `stream` in pieces of that size: lines, and "!N" for one of N bytes that was dropped.
strings framed(std::string_view stream, std::size_t piece, std::size_t longest = 10) {
    strings out;
    line_framing lines(longest);
    std::size_t overlong = 0;
    std::size_t dropped = 0;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
        lines.feed(stream.substr(0, piece));
        for (auto what = lines.next(); what != step::more; what = lines.next()) {
            if (what == step::line)
                out.push_back(lines.take_line());
            else if (what == step::overlong)
                ++overlong;
            else if (what == step::dropped && ++dropped > 0)
                out.push_back("!" + std::to_string(lines.dropped_bytes()));
        }
        EXPECT_LE(lines.held_bytes(), longest + 1);
    }
    EXPECT_GE(overlong, dropped);
    EXPECT_LE(overlong, dropped + 1);
    return out;
}

TEST(line_framing, gives_lines_however_they_come) {
    for (std::size_t piece = 1; piece < 40; ++piece) {
        EXPECT_EQ(framed("one\ntwo\r\n\n \t\r\nthree\nrest", piece), (strings{"one", "two", "three"}))
            << piece;
        EXPECT_EQ(framed("1234567890\n1234567890\r\n12345678901\nx\n", piece),
                  (strings{"1234567890", "1234567890", "!11", "x"}))
            << piece;
    }
}

TEST(line_framing, drops_what_is_too_long_and_goes_on_behind_it) {
    const std::string much(5'000, 'x');
    EXPECT_EQ(framed("a\n" + much + "\nb\n", 64), (strings{"a", "!5000", "b"}));
    line_framing lines(10);
    lines.feed(much);
    EXPECT_EQ(lines.next(), step::overlong) << "known before its end";
    EXPECT_EQ(lines.next(), step::more);
    EXPECT_EQ(lines.held_bytes(), 0U);
}

TEST(line_framing, keeps_the_ends_of_what_it_drops) {
    line_framing lines(10);
    const auto text = "HEAD" + std::string(2'000, 'x') + "TAIL";
    for (const char c : text + "\n") {
        lines.feed({&c, 1});
        while (lines.next() != step::more) {
        }
    }
    EXPECT_EQ(lines.head(), text.substr(0, line_framing::kept));
    EXPECT_EQ(lines.tail(), text.substr(text.size() - line_framing::kept));
    EXPECT_EQ(lines.dropped_bytes(), text.size());
}

TEST(line_framing, drops_a_line_that_there_is_no_room_for) {
    line_framing lines(1'000);
    EXPECT_FALSE(lines.drop_line()) << "none has begun";
    lines.feed("half ");
    EXPECT_EQ(lines.next(), step::more);
    EXPECT_TRUE(lines.drop_line());
    EXPECT_FALSE(lines.drop_line());
    lines.feed("a line\nnext\n");
    EXPECT_EQ(lines.next(), step::dropped);
    EXPECT_EQ(lines.head(), "half a line");
    EXPECT_EQ(lines.next(), step::line);
    EXPECT_EQ(lines.take_line(), "next");
}

} // namespace
} // namespace transport
