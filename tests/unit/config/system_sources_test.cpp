// The real environment and the real file system.
#include "vmcp/yaml/load_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace vmcp {
namespace {

class system_sources_test : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "vmcp-sources-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }

    static std::string failure_of(const std::string& path) {
        const auto out = system_sources().read_file(path);
        EXPECT_FALSE(out.has_value()) << path;
        return out ? "" : out.error().detail;
    }

    std::filesystem::path folder_{};
};

TEST_F(system_sources_test, reads_files_byte_for_byte) {
    const std::string text("a\0b\r\n\xff", 6);
    EXPECT_EQ(system_sources().read_file(file("x", text)).value(), text);
    EXPECT_EQ(system_sources().read_file(file("empty", "")).value(), "");
    EXPECT_EQ(system_sources().read_file(file("large", std::string(1 << 20, 'x'))).value().size(), 1u << 20);
}

TEST_F(system_sources_test, says_why_a_file_cannot_be_read) {
    EXPECT_EQ(failure_of((folder_ / "none").string()), "No such file or directory");
    EXPECT_EQ(failure_of(folder_.string()), "Is a directory");
    EXPECT_EQ(failure_of(""), "No such file or directory");
    EXPECT_EQ(failure_of("/dev/zero"), "not a regular file");
    EXPECT_EQ(failure_of(file("huge", std::string((16 << 20) + 1, 'x'))), "larger than 16 MiB");
}

TEST_F(system_sources_test, does_not_hang_on_a_pipe_without_writer) {
    const auto pipe = (folder_ / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(system_sources().read_file(pipe).value(), "");
}

TEST_F(system_sources_test, a_pipe_is_read_to_its_end_at_the_start_and_refused_afterwards) {
    const auto pipe = (folder_ / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    std::thread writer([&] { std::ofstream(pipe) << std::string(200'000, 'x'); });
    // Nobody may have opened it yet, and it looks empty then.
    std::string read;
    while (read.empty())
        read = system_sources().read_file(pipe).value();
    writer.join();
    EXPECT_EQ(read, std::string(200'000, 'x'));
    const auto refused = system_sources(pipes::refused).read_file(pipe);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("not a regular file but a pipe"));
}

TEST_F(system_sources_test, a_pipe_whose_writer_says_nothing_is_refused_at_once_while_serving) {
    const auto pipe = (folder_ / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const int writer = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(writer, 0);
    const auto text =
        "backends: [{name: a, url: 'https://h/', headers: {X-Key: '${file:pipe}'}, caBundlePath: pipe}]\n";
    const auto out = load_config(file("vmcp.yaml", text), system_sources(pipes::refused));
    const auto all = format_problems(out.problems);
    EXPECT_THAT(all, testing::HasSubstr("not a regular file but a pipe"));
    EXPECT_FALSE(load_config(pipe, system_sources(pipes::refused)));
    ::close(writer);
}

TEST_F(system_sources_test, reads_the_environment) {
    ASSERT_EQ(setenv("VMCP_SOURCES_TEST", "value", 1), 0);
    EXPECT_EQ(system_sources().environment("VMCP_SOURCES_TEST"), "value");
    ASSERT_EQ(unsetenv("VMCP_SOURCES_TEST"), 0);
    EXPECT_EQ(system_sources().environment("VMCP_SOURCES_TEST"), std::nullopt);
}

TEST_F(system_sources_test, loads_a_configuration_with_files_next_to_it) {
    file("secret", "s3cret\n");
    const auto path =
        file("vmcp.yaml", "backends: [{name: a, url: 'http://h/', headers: {X-Key: '${file:secret}'}}]\n");
    const auto out = load_config(path, system_sources());
    ASSERT_TRUE(out) << format_problems(out.problems);
    EXPECT_EQ(out.value->backends[0].headers.at("X-Key"), "s3cret");
    EXPECT_EQ(out.value->files, (std::vector<std::string>{path, (folder_ / "secret").string()}));
}

} // namespace
} // namespace vmcp
