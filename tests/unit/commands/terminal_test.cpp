// Tables, and text of peers on a terminal.
#include "vmcp/program/commands/exit_code.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(terminal, text_of_peers_cannot_steer_it) {
    EXPECT_EQ(printable_text("a\x1b[2Jb\x7f\tc\nd\r"), "a?[2Jb?\tc\nd?");
    EXPECT_EQ(printable_text("caf\xc3\xa9 \xc2\x9b"
                             "31m"),
              "caf\xc3\xa9 ?31m");
    EXPECT_EQ(printable_line("  a\n\n b\t c  "), "a b c");
    EXPECT_EQ(printable_line(""), "");
    // Bidirectional controls, separators, zero width characters, and bytes that are no UTF-8.
    EXPECT_EQ(printable_text("a\xe2\x80\xae"
                             "b\xe2\x81\xa6"
                             "c\xd8\x9c"
                             "d"),
              "a?b?c?d");
    EXPECT_EQ(printable_text("a\xe2\x80\xa8"
                             "b\xe2\x80\xa9"
                             "c\xe2\x80\x8b"
                             "d\xef\xbb\xbf"),
              "a?b?c?d?");
    EXPECT_EQ(printable_text("a\xff"
                             "b\xc3"),
              "a?b?");
    EXPECT_EQ(printable_line("one\xe2\x80\xa8two"), "one?two");
}

TEST(terminal, json_stays_the_same_value) {
    const std::string text = "{\"a\": \"caf\xc3\xa9 \xf0\x9f\x98\x80\\n\",\n\t\"b\": 1e2}";
    EXPECT_EQ(printable_json(text), text);
    EXPECT_EQ(printable_json("\"\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xf3\xa0\x81\x81\""),
              "\"\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41\"");
    EXPECT_EQ(printable_json("\"\xff\""), "\"?\"");
}

TEST(terminal, columns_count_characters) {
    EXPECT_EQ(columns_of("caf\xc3\xa9"), 4U);
    EXPECT_EQ(cut_to("caf\xc3\xa9s and more", 8), "caf\xc3\xa9s...");
    EXPECT_EQ(cut_to("abcd", 4), "abcd");
    EXPECT_EQ(cut_to("abcdef", 3), "...");
    EXPECT_EQ(cut_to("abcdef", 2), "..");
    EXPECT_EQ(cut_to("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9...");
}

TEST(terminal, a_table_is_aligned_and_has_no_blanks_at_line_ends) {
    text_table table({"NAME", "TEXT"});
    EXPECT_TRUE(table.empty());
    table.add({"a", "one\ntwo"});
    table.add({"caf\xc3\xa9s", ""});
    EXPECT_FALSE(table.empty());
    EXPECT_EQ(table.render(0), "NAME   TEXT\n"
                               "a      one two\n"
                               "caf\xc3\xa9s\n");
}

TEST(terminal, only_the_last_column_of_a_table_is_cut) {
    text_table table({"NAME", "TEXT"});
    table.add({"a_rather_long_name", "words that do not fit in here"});
    EXPECT_EQ(table.render(40), "NAME                TEXT\n"
                                "a_rather_long_name  words that do not...\n");
    // Too narrow for anything: names stay whole, and some of the text is shown all the same.
    EXPECT_EQ(table.render(10), "NAME                TEXT\n"
                                "a_rather_long_name  words that do...\n");
}

TEST(terminal, exit_codes_tell_a_dead_gateway_from_an_error) {
    EXPECT_EQ(exit_code_of(fail(errc::backend_unavailable)), exit_code::unreachable);
    EXPECT_EQ(exit_code_of(fail(errc::backend_timeout)), exit_code::unreachable);
    EXPECT_EQ(exit_code_of(fail(errc::config)), exit_code::usage);
    EXPECT_EQ(exit_code_of(fail(errc::backend_protocol)), exit_code::failed);
}

} // namespace
} // namespace vmcp
