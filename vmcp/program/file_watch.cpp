#include "vmcp/program/file_watch.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Differs when the file is another one, was written to, or may be read now by others than before.
std::string mark_of(const std::string& file) {
    struct stat at{};
    if (::stat(file.c_str(), &at) != 0)
        return {};
    return fmt::format("{}/{}/{}/{}.{:09}/{}.{:09}", at.st_dev, at.st_ino, at.st_size, at.st_mtim.tv_sec,
                       at.st_mtim.tv_nsec, at.st_ctim.tv_sec, at.st_ctim.tv_nsec);
}

} // namespace

file_watch::file_watch(transport::worker& home, std::function<void()> changed)
    : home_(home)
    , changed_(std::move(changed))
    , events_(home.context())
    , pause_(home.context()) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0)
        log::warn("no inotify ({}): changes of files are seen some seconds later", std::strerror(errno));
    else
        events_.assign(descriptor);
}

file_watch::~file_watch() = default;

void file_watch::watch(const std::vector<std::string>& files) {
    file_marks next;
    for (const auto& file : files) {
        const auto known = seen_.find(file);
        next.emplace(file, known == seen_.end() ? mark_of(file) : known->second);
    }
    seen_ = std::move(next);
    if (!events_.is_open())
        return;
    std::set<std::string> wanted;
    for (const auto& file : files) {
        std::error_code ec;
        const auto folder = std::filesystem::absolute(file, ec).parent_path();
        if (!ec)
            wanted.insert(folder.string());
    }
    for (auto it = folders_.begin(); it != folders_.end();) {
        if (wanted.contains(it->first)) {
            ++it;
            continue;
        }
        ::inotify_rm_watch(events_.native_handle(), it->second);
        it = folders_.erase(it);
    }
    constexpr auto mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB;
    for (const auto& folder : wanted) {
        if (folders_.contains(folder))
            continue;
        const int id = ::inotify_add_watch(events_.native_handle(), folder.c_str(), mask);
        if (id < 0)
            log::warn("{} is not watched ({}): changes in it are seen some seconds later", folder,
                      std::strerror(errno));
        else
            folders_.emplace(folder, id);
    }
}

file_watch::file_marks file_watch::marks() const {
    file_marks all;
    for (const auto& [file, mark] : seen_)
        all.emplace(file, mark_of(file));
    return all;
}

void file_watch::looked() {
    seen_ = marks();
}

void file_watch::tell() {
    try {
        changed_();
    } catch (...) {
        transport::report("what a changed file caused")(std::current_exception());
    }
}

void file_watch::start() {
    home_.spawn(look(), "the look at files");
    if (events_.is_open())
        home_.spawn(listen(), "the file watch");
}

void file_watch::stop() {
    stopped_ = true;
    pause_.cancel();
    error_code ignored;
    events_.close(ignored);
}

asio::awaitable<void> file_watch::listen() {
    const auto self = shared_from_this();
    alignas(inotify_event) std::array<char, 4096> buffer;
    asio::steady_timer quiet(home_.context());
    error_code ec;
    while (!stopped_) {
        co_await events_.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            co_return;
        // An editor or a ConfigMap update makes several changes; the last one counts.
        quiet.expires_after(std::chrono::milliseconds(100));
        co_await quiet.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        while (events_.is_open() && ::read(events_.native_handle(), buffer.data(), buffer.size()) > 0) {
        }
        if (stopped_)
            co_return;
        // Events are of the folder: most are of files that are none of ours.
        if (auto now = marks(); now != seen_) {
            seen_ = std::move(now);
            tell();
        }
    }
}

asio::awaitable<void> file_watch::look() {
    const auto self = shared_from_this();
    error_code ignored;
    auto before = seen_;
    while (!stopped_) {
        pause_.expires_after(std::chrono::seconds(2));
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        auto now = marks();
        // A file that is still being written is left alone until it rests.
        const bool rests = now == std::exchange(before, now);
        if (stopped_ || !rests || now == seen_)
            continue;
        seen_ = std::move(now);
        tell();
    }
}

} // namespace vmcp
