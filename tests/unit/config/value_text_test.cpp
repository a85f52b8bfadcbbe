// Durations, sizes, integers and booleans: every form that is read, and every near miss that is not.
#include "vmcp/config/value_text.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(value_text, reads_durations) {
    const std::pair<std::string_view, milliseconds> cases[] = {
        {"0", 0ms},       {"0s", 0ms},        {"250ms", 250ms},
        {"30s", 30s},     {"5m", 5min},       {"1h30m", 90min},
        {"1.5s", 1500ms}, {"0.25s", 250ms},   {"2h45m10s5ms", 2h + 45min + 10s + 5ms},
        {"1m1m", 2min},   {"87600h", 87600h}, {"0.001s", 1ms},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(value_text, refuses_what_is_no_duration) {
    for (const std::string_view text : {"",
                                        " ",
                                        "30",
                                        "-1s",
                                        "+1s",
                                        "1 s",
                                        "s",
                                        "1d",
                                        "1S",
                                        "1us",
                                        "0.0001s",
                                        "1.s",
                                        ".5s",
                                        "1s ",
                                        "1e3s",
                                        "87601h",
                                        "99999999999999999999s",
                                        "9223372036854775807ms",
                                        "5h87600h",
                                        "1,5s",
                                        "soon",
                                        "0.12345678901s"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(value_text, durations_come_back) {
    for (const milliseconds value :
         {0ms, 1ms, 999ms, 1000ms, 61'001ms, milliseconds(90min), milliseconds(24h)})
        EXPECT_EQ(parse_duration(duration_text(value)), value) << duration_text(value);
    EXPECT_EQ(duration_text(90min), "1h30m");
    EXPECT_EQ(duration_text(0ms), "0s");
}

TEST(value_text, reads_sizes) {
    const std::pair<std::string_view, std::int64_t> cases[] = {
        {"0", 0},
        {"4096", 4096},
        {"12B", 12},
        {"64kB", 64'000},
        {"64KB", 64'000},
        {"64KiB", 65'536},
        {"10MB", 10'000'000},
        {"4MiB", 4'194'304},
        {"2GiB", 2'147'483'648},
        {"1GB", 1'000'000'000},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(parse_size(text), expected) << text;
    for (const std::string_view text : {"", "-1", "+1", "1.5MiB", "1 MiB", "1mib", "1Mi", "MiB", "1TB",
                                        "0x10", "1_000", "9223372036854775808", "9223372036854775807KiB"})
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    for (const std::int64_t value : {0L, 1L, 1023L, 1024L, 1025L, 1L << 20, 3L << 30})
        EXPECT_EQ(parse_size(size_text(value)), value);
    EXPECT_EQ(size_text(8 << 20), "8MiB");
}

TEST(value_text, reads_integers_and_booleans) {
    EXPECT_EQ(parse_integer("-12"), -12);
    EXPECT_EQ(parse_integer("+12"), 12);
    EXPECT_EQ(parse_integer("007"), 7);
    EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
    for (const std::string_view text :
         {"", "+", "-", "+-1", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808"})
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    for (const std::string_view text : {"true", "True", "TRUE"})
        EXPECT_EQ(parse_bool(text), true);
    for (const std::string_view text : {"false", "False", "FALSE"})
        EXPECT_EQ(parse_bool(text), false);
    for (const std::string_view text : {"", "yes", "no", "on", "off", "1", "0", "tRUE", "true "})
        EXPECT_EQ(parse_bool(text), std::nullopt) << text;
}

TEST(value_text, measures_how_far_keys_are_apart) {
    EXPECT_EQ(edit_distance("url", "url", 9), 0u);
    EXPECT_EQ(edit_distance("URL", "url", 9), 0u);
    EXPECT_EQ(edit_distance("urll", "url", 9), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3u);
    EXPECT_EQ(edit_distance("prot", "port", 9), 1u) << "neighbours that changed places";
    EXPECT_EQ(edit_distance("serev", "serve", 9), 1u);
    EXPECT_EQ(edit_distance("ab", "ba", 9), 1u);
    EXPECT_EQ(edit_distance("abcd", "badc", 9), 2u);
    EXPECT_EQ(edit_distance("", "abc", 9), 3u);
    EXPECT_EQ(edit_distance("abcdef", "ghijkl", 3), 3u) << "stops at the limit";
    EXPECT_EQ(edit_distance("a", "abcdefgh", 3), 3u);
}

} // namespace
} // namespace vmcp
