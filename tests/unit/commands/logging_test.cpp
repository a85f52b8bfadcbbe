// Log lines as text and JSON, and a writer that never waits for a reader.
#include "vmcp/program/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::Not;

const auto noon = std::chrono::sys_days(std::chrono::year(2026) / 3 / 19) + std::chrono::hours(12) +
                  std::chrono::milliseconds(7);

TEST(logging, text_lines_name_time_and_level) {
    EXPECT_EQ(render_log_line(log_format::text, noon, log::level::info, "listening"),
              "2026-03-19T12:00:00.007Z info  listening\n");
    EXPECT_EQ(render_log_line(log_format::text, noon, log::level::error, "a \"b\" \\ c"),
              "2026-03-19T12:00:00.007Z error a \"b\" \\ c\n");
}

TEST(logging, times_before_1970_are_times_too) {
    const auto early = std::chrono::system_clock::time_point(std::chrono::milliseconds(-1));
    EXPECT_THAT(render_log_line(log_format::text, early, log::level::info, "x"), HasSubstr(".999Z"));
}

TEST(logging, a_peers_words_cannot_forge_an_entry) {
    const auto line =
        render_log_line(log_format::text, noon, log::level::warn, "a\r\nb\x1b[2J\x7f \xff end \xc3\xa9");
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_THAT(line, HasSubstr(R"(a\r\nb\u001b[2J\u007f)"));
    EXPECT_THAT(line, HasSubstr("\xEF\xBF\xBD end \xc3\xa9"));
}

TEST(logging, nothing_steers_or_reorders_what_is_read) {
    struct row {
        std::string_view bytes, shown;
    };
    constexpr row rows[] = {{"\x7f", "\\u007f"},
                            {"\x1b", "\\u001b"},
                            {"\xc2\x80", "\\u0080"},
                            {"\xc2\x9b", "\\u009b"},
                            {"\xc2\x9f", "\\u009f"},
                            {"\xd8\x9c", "\\u061c"},
                            {"\xe2\x80\xae", "\\u202e"},
                            {"\xe2\x80\x8f", "\\u200f"},
                            {"\xe2\x81\xa6", "\\u2066"},
                            {"\xe2\x80\xa8", "\\u2028"},
                            {"\xe2\x80\xa9", "\\u2029"},
                            {"\xef\xbb\xbf", "\\ufeff"},
                            {"\xf3\xa0\x81\x81", "\\U000e0041"}};
    for (const auto& [bytes, shown] : rows) {
        const auto text = render_log_line(log_format::text, noon, log::level::warn, bytes);
        EXPECT_THAT(text, testing::EndsWith(std::string(shown) + "\n"));
        const auto coloured = render_log_line(log_format::coloured_text, noon, log::level::warn, bytes);
        EXPECT_THAT(coloured, testing::EndsWith(std::string(shown) + "\n"));
        const auto json = render_log_line(log_format::json, noon, log::level::warn, bytes);
        EXPECT_THAT(json, Not(HasSubstr(std::string(bytes))));
        EXPECT_EQ(nlohmann::json::parse(json)["msg"], shown) << "its value is harmless, too";
    }
    EXPECT_THAT(render_log_line(log_format::json, noon, log::level::warn, std::string("a\0b", 3)),
                HasSubstr("a\\\\u0000b"));
    EXPECT_THAT(render_log_line(log_format::text, noon, log::level::warn, "\xc3\xa9 \xe6\x97\xa5"),
                HasSubstr("\xc3\xa9 \xe6\x97\xa5"));
}

TEST(logging, json_lines_are_json) {
    for (const std::string_view text : {"plain", "a\"b\\c", "line\nend\t\x01", "\xff\xfe", "\xc3\xa9"}) {
        const auto line = render_log_line(log_format::json, noon, log::level::debug, text);
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        const auto entry = nlohmann::json::parse(line);
        EXPECT_EQ(entry["level"], "debug");
        EXPECT_EQ(entry["time"], "2026-03-19T12:00:00.007Z");
    }
    EXPECT_EQ(
        nlohmann::json::parse(render_log_line(log_format::json, noon, log::level::info, "a\"\n"))["msg"],
        "a\"\n");
}

class pipe_pair {
public:
    pipe_pair() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
            ADD_FAILURE() << "pipe2";
        ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    }
    ~pipe_pair() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    [[nodiscard]] int in() const { return ends_[1]; }
    std::string read() {
        std::array<char, 65536> block{};
        const auto count = ::read(ends_[0], block.data(), block.size());
        return {block.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

private:
    std::array<int, 2> ends_{};
};

TEST(patient_writer, drops_what_a_full_pipe_does_not_take) {
    pipe_pair pipe;
    patient_writer writer(pipe.in(), std::chrono::milliseconds(1));
    const std::string line(999, 'x');
    std::size_t written = 0;
    while (written < 100 && writer.write(line + "\n"))
        ++written;
    ASSERT_GT(written, 0U);
    ASSERT_LT(written, 100U) << "the pipe never filled up";
    EXPECT_EQ(writer.dropped(), 1U);
    EXPECT_FALSE(writer.write("lost too\n"));
    EXPECT_EQ(writer.dropped(), 2U);

    EXPECT_EQ(pipe.read().size(), written * 1000);
    EXPECT_TRUE(writer.write("back\n"));
    EXPECT_EQ(pipe.read(), "back\n");
}

TEST(patient_writer, the_line_after_a_cut_one_begins_on_a_line_of_its_own) {
    pipe_pair pipe;
    patient_writer writer(pipe.in(), std::chrono::milliseconds(1));
    EXPECT_FALSE(writer.write(std::string(10'000, 'y') + "\n")); // more than the pipe holds
    const auto cut = pipe.read();
    EXPECT_THAT(cut, Not(HasSubstr("\n")));
    EXPECT_GT(cut.size(), 0U);
    EXPECT_TRUE(writer.write("next\n"));
    EXPECT_EQ(pipe.read(), "\nnext\n");
}

} // namespace
} // namespace vmcp
