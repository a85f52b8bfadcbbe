// The audit log with its thread and real files.
#include "vmcp/audit/audit_log.hpp"

#include "audit_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using test::call_record;
using test::lines_of;
namespace fs = std::filesystem;

class audit : public testing::Test {
protected:
    audit() {
        std::string pattern = (fs::temp_directory_path() / "vmcp-audit-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~audit() override { fs::remove_all(folder); }

    config settings(const std::string& file = "audit.log") const {
        config out;
        out.audit = {.enabled = true, .log_file = (folder / file).string()};
        return out;
    }
    static void use(audit_log& log, const config& settings) {
        auto made = log.prepare(settings);
        ASSERT_TRUE(made) << made.error().message();
        log.use(std::move(*made));
    }
    std::string content(const std::string& file = "audit.log") const {
        std::ostringstream out;
        out << std::ifstream(folder / file).rdbuf();
        return out.str();
    }
    static bool eventually(const std::function<bool()>& condition) {
        for (const auto until = std::chrono::steady_clock::now() + 15s;
             std::chrono::steady_clock::now() < until; std::this_thread::yield())
            if (condition())
                return true;
        return false;
    }

    fs::path folder{};
};

TEST_F(audit, is_off_until_it_is_used) {
    audit_log log;
    EXPECT_EQ(log.terms(), nullptr);
    EXPECT_FALSE(log.figures().on);
    use(log, {});
    EXPECT_EQ(log.terms(), nullptr);
}

TEST_F(audit, writes_lines_of_many_threads_into_a_file_of_its_own) {
    audit_log log;
    use(log, settings());
    struct stat about{};
    ASSERT_EQ(::stat((folder / "audit.log").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i)
                log.record(call_record());
        });
    for (auto& one : threads)
        one.join();
    log.stop(10s);
    EXPECT_EQ(log.figures().written, 800u);
    const auto lines = lines_of(content());
    EXPECT_EQ(lines.size(), 800u);
    std::set<std::string> ids;
    for (const auto& one : lines)
        ids.insert(one["audit_id"].get<std::string>());
    EXPECT_EQ(ids.size(), 800u);
    EXPECT_THAT(*ids.begin(), testing::MatchesRegex("[0-9a-f-]{36}"));
    EXPECT_EQ((*ids.begin())[14], '4');
}

TEST_F(audit, goes_on_in_a_new_file_after_rotation) {
    audit_log log;
    use(log, settings());
    log.record(call_record());
    ASSERT_TRUE(eventually([&] { return log.figures().written == 1; }));
    fs::rename(folder / "audit.log", folder / "audit.log.1");
    log.reopen();
    ASSERT_TRUE(fs::exists(folder / "audit.log"));
    log.record(call_record());
    log.stop(10s);
    EXPECT_EQ(lines_of(content("audit.log.1")).size(), 1u);
    EXPECT_EQ(lines_of(content()).size(), 1u);
}

TEST_F(audit, a_file_that_cannot_be_opened_again_leaves_the_old_one) {
    fs::create_directory(folder / "sub");
    audit_log log;
    use(log, settings("sub/audit.log"));
    fs::rename(folder / "sub", folder / "old");
    log.reopen();
    EXPECT_THAT(log.figures().problem, testing::HasSubstr("No such file"));
    log.record(call_record());
    ASSERT_TRUE(eventually([&] { return log.figures().written == 1; }));
    EXPECT_EQ(lines_of(content("old/audit.log")).size(), 1u);
    fs::create_directory(folder / "sub");
    log.reopen();
    EXPECT_EQ(log.figures().problem, "");
    log.record(call_record());
    log.stop(10s);
    EXPECT_EQ(lines_of(content("sub/audit.log")).size(), 1u);
}

TEST_F(audit, a_full_disk_keeps_nobody_waiting_and_is_told) {
    fs::create_symlink("/dev/full", folder / "audit.log");
    auto changed = settings();
    changed.audit.queue = 3;
    audit_log log;
    use(log, changed);
    log.record(call_record());
    ASSERT_TRUE(eventually([&] { return !log.figures().problem.empty(); }));
    for (int i = 0; i < 10; ++i)
        log.record(call_record());
    EXPECT_GE(log.figures().lost, 7u);
    EXPECT_EQ(log.figures().written, 0u);
    const auto lost = log.figures().lost;
    fs::remove(folder / "audit.log");
    log.reopen(); // as after the disk has room again: the same lines
    ASSERT_TRUE(eventually([&] { return log.figures().waiting == 0 && log.figures().problem.empty(); }));
    log.stop(10s);
    const auto lines = lines_of(content());
    ASSERT_EQ(lines.size(), 11 - lost + 1);
    EXPECT_EQ(lines.back()["type"], "vmcp_audit_lines_lost");
    EXPECT_EQ(lines.back()["metadata"]["extra"]["lost"], lost);
}

TEST_F(audit, a_file_that_cannot_be_opened_is_refused) {
    audit_log log;
    const auto made = log.prepare(settings("none/audit.log"));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message(), testing::HasSubstr("audit.logFile: cannot open"));
}

TEST_F(audit, stops_although_the_file_takes_nothing) {
    fs::create_symlink("/dev/full", folder / "audit.log");
    audit_log log;
    use(log, settings());
    log.record(call_record());
    ASSERT_TRUE(eventually([&] { return !log.figures().problem.empty(); }));
    const auto began = std::chrono::steady_clock::now();
    log.stop(60s);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
    EXPECT_EQ(log.terms(), nullptr);
}

TEST(audit_terms, types_and_data_are_what_the_configuration_says) {
    EXPECT_EQ(audit_terms_of({}), nullptr);
    const auto all = audit_terms_of({.enabled = true});
    for (std::size_t i = 0; i < audit_type_words.size(); ++i)
        EXPECT_TRUE(all->wants(static_cast<audit_type>(i)));
    EXPECT_EQ(all->request_bytes, 0u);
    const auto some = audit_terms_of({.enabled = true,
                                      .event_types = {"mcp_tool_call", "mcp_ping"},
                                      .exclude_event_types = {"mcp_ping"},
                                      .request_data = true,
                                      .detect_errors = false,
                                      .max_data = 7});
    EXPECT_TRUE(some->wants(audit_type::mcp_tool_call));
    EXPECT_FALSE(some->wants(audit_type::mcp_ping));
    EXPECT_FALSE(some->wants(audit_type::http_request));
    EXPECT_FALSE(some->detect_errors);
    EXPECT_EQ(some->request_bytes, 7u);
    EXPECT_EQ(some->response_bytes, 0u);
}

} // namespace
} // namespace vmcp
