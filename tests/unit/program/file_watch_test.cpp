// The watch of files: it tells of changes of its own files, once, and of nothing else.
#include "vmcp/program/file_watch.hpp"

#include "tests/fakes/one_worker.hpp"
#include "vmcp/base/log.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

class file_watch_test : public testing::Test {
protected:
    file_watch_test() {
        std::string name = (std::filesystem::temp_directory_path() / "vmcp-watch-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        write("watched", "first");
    }
    ~file_watch_test() override {
        w_.call([&] {
            if (files_)
                files_->stop();
            if (others_)
                others_->stop();
        });
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::trunc) << text;
    }
    // Watches the file `watched`. The other watch, of a neighbour, is told later than this one would be.
    void start(std::function<void()> more = [] {}) {
        w_.call([&] {
            files_ = std::make_shared<file_watch>(w_.get(), [this, more] {
                ++told_;
                more();
            });
            files_->watch({path("watched")});
            files_->start();
            others_ = std::make_shared<file_watch>(w_.get(), [this] { ++told_of_neighbour_; });
            others_->watch({path("neighbour")});
            others_->start();
        });
    }
    static bool reaches(const std::atomic<int>& count, int times) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (count < times && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        return count == times;
    }
    bool told(int times) const { return reaches(told_, times); }
    // Returns when all events up to now have been dealt with.
    void settle() {
        write("neighbour", "something");
        ASSERT_TRUE(reaches(told_of_neighbour_, 1));
        w_.call([] {});
    }

    std::filesystem::path folder_{};
    std::atomic<int> told_{0};
    std::atomic<int> told_of_neighbour_{0};
    fakes::one_worker w_{}; // outlives the watches
    std::shared_ptr<file_watch> files_{};
    std::shared_ptr<file_watch> others_{};
};

TEST_F(file_watch_test, tells_of_a_watched_file_and_of_no_other_in_its_folder) {
    start();
    settle();
    EXPECT_EQ(told_, 0);
    write("watched", "second");
    EXPECT_TRUE(told(1)) << told_;
}

TEST_F(file_watch_test, tells_of_a_file_that_is_replaced_removed_or_made_readable) {
    start();
    write("next", "second");
    std::filesystem::rename(path("next"), path("watched"));
    EXPECT_TRUE(told(1)) << "replaced";
    std::filesystem::permissions(path("watched"), std::filesystem::perms::owner_all);
    EXPECT_TRUE(told(2)) << "permissions";
    std::filesystem::remove(path("watched"));
    EXPECT_TRUE(told(3)) << "removed";
}

TEST_F(file_watch_test, does_not_lose_a_change_made_while_its_files_are_read) {
    // The owner reads its files, they change meanwhile, and it then watches the same files again.
    start([this] {
        if (told_ == 1) {
            write("watched", "third");
            files_->watch({path("watched")});
        }
    });
    write("watched", "second");
    EXPECT_TRUE(told(2)) << told_;
}

TEST_F(file_watch_test, does_not_tell_of_what_was_looked_at_meanwhile) {
    start();
    w_.call([&] {
        write("watched", "second");
        files_->looked();
    });
    settle();
    EXPECT_EQ(told_, 0);
}

TEST_F(file_watch_test, goes_on_after_what_its_owner_threw) {
    log::set_sink([](log::level, std::string_view) {});
    start([] { throw std::runtime_error("on purpose"); });
    write("watched", "second");
    EXPECT_TRUE(told(1));
    write("watched", "the third");
    EXPECT_TRUE(told(2)) << told_;
    w_.call([] {}); // the second report is written
    log::set_sink({});
}

} // namespace
} // namespace vmcp
