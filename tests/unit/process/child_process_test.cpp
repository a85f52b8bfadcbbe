// Real programs: what they are given, how they end, and that nothing of them is left.
#include "transport/process/child_process.hpp"
#include "transport/process/process_census.hpp"

#include "tests/fakes/one_worker.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

process_spec shell(std::string script) {
    return {.command = "sh", .args = {"-c", std::move(script)}, .environment = program_environment({})};
}

// All that the program writes on standard output.
boost::asio::awaitable<std::string> said(child_process& child) {
    std::string out;
    boost::system::error_code ec;
    co_await boost::asio::async_read(child.output(), boost::asio::dynamic_buffer(out),
                                     boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    co_return out;
}

boost::asio::awaitable<process_end> ended(child_process& child) {
    co_await child.ended();
    co_return child.reap();
}

class programs : public testing::Test {
protected:
    std::unique_ptr<child_process> start(const process_spec& spec) {
        return worker_.call([&] {
            auto made = child_process::start(worker_->context(), find_program(spec).value(), spec);
            if (!made)
                throw std::runtime_error(made.error().message());
            return *std::move(made);
        });
    }
    std::string output_of(const process_spec& spec) {
        auto child = start(spec);
        auto out = worker_.run(said(*child));
        end(std::move(child));
        return out;
    }
    void end(std::unique_ptr<child_process> child) {
        worker_.call([&] { child.reset(); });
    }

    fakes::one_worker worker_;
};

TEST_F(programs, get_their_arguments_as_they_are_and_their_own_environment_only) {
    ::setenv("VMCP_TEST_SECRET", "of another backend", 1);
    auto spec = shell("printf '%s|' \"$@\"; env");
    spec.args.insert(spec.args.end(), {"name", "a b", "$HOME", ""});
    spec.environment = program_environment({{"OWN", "x y"}, {"HOME", "/nowhere"}});
    const auto text = output_of(spec);
    ::unsetenv("VMCP_TEST_SECRET");
    EXPECT_THAT(text, testing::StartsWith("a b|$HOME||"));
    EXPECT_THAT(text, HasSubstr("OWN=x y\n"));
    EXPECT_THAT(text, HasSubstr("HOME=/nowhere\n"));
    EXPECT_THAT(text, HasSubstr("PATH="));
    EXPECT_THAT(text, Not(HasSubstr("VMCP_TEST_SECRET")));
}

TEST_F(programs, begin_in_their_folder_with_three_descriptors_as_leaders) {
    auto spec = shell("pwd; ls /proc/self/fd | wc -l; ulimit -n; cut -d' ' -f1,5,6 /proc/$$/stat; echo $$");
    spec.folder = "/proc";
    const int open = ::dup(0); // without close-on-exec
    const auto text = output_of(spec);
    ::close(open);
    int files = 0;
    int limit = 0;
    long id = 0, group = 0, session = 0, self = 0;
    ASSERT_EQ(std::sscanf(text.c_str(), "/proc\n%d\n%d\n%ld %ld %ld\n%ld", &files, &limit, &id, &group,
                          &session, &self),
              6)
        << text;
    EXPECT_EQ(files, 4) << "the fourth is of ls itself";
    EXPECT_LE(limit, 1024);
    EXPECT_EQ(id, group);
    EXPECT_EQ(id, session);
}

TEST_F(programs, tell_how_they_ended) {
    auto failing = start(shell("exit 3"));
    EXPECT_EQ(worker_.run(ended(*failing)).text(), "exit status 3");
    end(std::move(failing));
    auto killed = start(shell("kill -9 $$"));
    EXPECT_EQ(worker_.run(ended(*killed)).text(), "killed by signal 9 (Killed)");
    end(std::move(killed));
}

TEST_F(programs, take_with_them_what_they_started_also_out_of_their_group) {
    // A grandchild in the group, and one that has left it for a group of its own.
    auto child = start(shell("sleep 1000 & set -m; sleep 1001 & set +m; echo started; wait"));
    const auto id = child->id();
    std::string line(8, '\0');
    worker_.run([](child_process& program, std::string& to) -> boost::asio::awaitable<int> {
        co_await boost::asio::async_read(program.output(), boost::asio::buffer(to),
                                         boost::asio::use_awaitable);
        co_return 0;
    }(*child, line));
    const auto members = members_of_session(id);
    EXPECT_EQ(members.size(), 2U);
    process_census census;
    EXPECT_EQ(census.of_session(id, std::chrono::steady_clock::now()).processes, 3U);
    EXPECT_GT(census.of_session(id, std::chrono::steady_clock::now()).resident, 0U);
    end(std::move(child));
    EXPECT_TRUE(members_of_session(id).empty());
    EXPECT_NE(::kill(id, 0), 0);
    for (const auto one : members) {
        // Reaped by init, or about to be.
        std::ifstream stat("/proc/" + std::to_string(one) + "/stat");
        std::string text;
        std::getline(stat, text);
        const auto row = read_process_row(text);
        EXPECT_TRUE(!row || row->state == 'Z' || row->state == 'X') << text;
    }
}

TEST_F(programs, have_no_more_memory_than_they_may) {
    auto spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' a); echo ${#x}");
    spec.memory = std::size_t{64} << 20;
    EXPECT_THAT(output_of(spec), Not(HasSubstr("200000000")));
}

TEST_F(programs, end_with_the_thread_that_started_them) {
    pid_t id = 0;
    boost::asio::io_context context;
    std::unique_ptr<child_process> child;
    std::thread([&] {
        const auto spec = shell("sleep 1000");
        child = child_process::start(context, find_program(spec).value(), spec).value();
        id = child->id();
    }).join();
    for (int i = 0; i < 500 && !child->has_ended(); ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(child->has_ended());
}

TEST(find_program, names_what_it_does_not_find_and_says_what_to_do) {
    const auto text = [](process_spec spec) {
        spec.environment.emplace("PATH", "/usr/bin:/bin");
        const auto found = find_program(spec);
        return found ? *found : found.error().message();
    };
    EXPECT_EQ(text({.command = "no-such-program"}),
              "Backend unavailable: there is no program 'no-such-program' in PATH: install it, or give its "
              "whole path as "
              "command");
    EXPECT_EQ(text({.command = "/no/such/program"}),
              "Backend unavailable: there is no program '/no/such/program'");
    EXPECT_EQ(text({.command = "/etc/passwd"}),
              "Backend unavailable: '/etc/passwd' is no program that may be run: is it executable?");
    EXPECT_EQ(text({.command = "sh", .folder = "/no/such"}),
              "Backend unavailable: there is no folder '/no/such' to start 'sh' in (cwd)");
    EXPECT_THAT(text({.command = "sh"}), testing::EndsWith("/sh"));
    EXPECT_EQ(text({.command = "./sh", .folder = "/bin"}), "/bin/./sh");
}

TEST(child_process, says_why_a_file_cannot_be_run) {
    const auto path =
        std::filesystem::temp_directory_path() / ("vmcp-no-program-" + std::to_string(::getpid()));
    std::ofstream(path) << "\x7f"
                           "ELFno program at all";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    boost::asio::io_context context;
    const auto made = child_process::start(context, path, {.command = path});
    std::filesystem::remove(path);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message(), HasSubstr("cannot be run: Exec format error"));
    EXPECT_THAT(made.error().message(), HasSubstr(path.string()));
}

TEST(process_row, is_read_whatever_the_name_holds) {
    const std::string rest = " S 1 7 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 1000000 77 184467";
    const auto row = read_process_row("42 (a) b (c)" + rest);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->id, 42);
    EXPECT_EQ(row->state, 'S');
    EXPECT_EQ(row->session, 6);
    EXPECT_EQ(row->resident_pages, 77U);
    for (std::size_t cut = 0; cut < rest.size() - 9; ++cut)
        EXPECT_FALSE(read_process_row("42 (sh)" + rest.substr(0, cut))) << cut;
    EXPECT_FALSE(read_process_row(""));
    EXPECT_FALSE(read_process_row("x (y) z"));
}

} // namespace
} // namespace transport
