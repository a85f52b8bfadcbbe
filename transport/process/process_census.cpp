#include "transport/process/process_census.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <utility>

namespace transport {

namespace {

std::optional<process_row> row_of(const char* id) {
    std::array<char, 1024> text{};
    const auto path = std::string("/proc/").append(id).append("/stat");
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return std::nullopt; // it is gone
    const auto got = ::read(fd, text.data(), text.size());
    ::close(fd);
    return got > 0 ? read_process_row({text.data(), static_cast<std::size_t>(got)}) : std::nullopt;
}

template <class Function>
void for_each_process(Function&& function) {
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir("/proc"), ::closedir);
    if (!all)
        return;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): of a stream that is this function's alone
    while (const auto* const entry = ::readdir(all.get())) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        if (const auto row = row_of(entry->d_name))
            function(*row);
    }
}

template <class Number>
bool read_number(std::string_view text, Number& to) {
    return std::from_chars(text.data(), text.data() + text.size(), to).ec == std::errc{};
}

} // namespace

std::optional<process_row> read_process_row(std::string_view text) {
    process_row out;
    // The name in brackets may hold anything, brackets and blanks included.
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos || !read_number(text, out.id))
        return std::nullopt;
    text.remove_prefix(name_end + 1);
    constexpr int state = 3; // as proc(5) numbers them
    constexpr int session = 6;
    constexpr int resident = 24;
    bool complete = false;
    for (int field = state; !text.empty() && !complete; ++field) {
        const auto begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos)
            break;
        text.remove_prefix(begin);
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        if (field == state)
            out.state = word.front();
        else if (field == session && !read_number(word, out.session))
            return std::nullopt;
        else if (field == resident)
            complete = read_number(word, out.resident_pages);
    }
    return complete ? std::optional(out) : std::nullopt;
}

std::vector<pid_t> members_of_session(pid_t leader) {
    std::vector<pid_t> out;
    for_each_process([&](const process_row& row) {
        if (row.session == leader && row.id != leader && row.state != 'Z' && row.state != 'X')
            out.push_back(row.id);
    });
    return out;
}

process_census::entry process_census::of_session(pid_t leader, std::chrono::steady_clock::time_point now) {
    if (begin_look(now)) {
        auto seen = look();
        const std::lock_guard lock(mutex_);
        sessions_ = std::move(seen);
    }
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(leader);
    return found == sessions_.end() ? entry{} : found->second;
}

// True for one of those who ask: the others go by what was seen before, and do not wait.
bool process_census::begin_look(std::chrono::steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (taken_ && now - *taken_ < age)
        return false;
    taken_ = now;
    return true;
}

std::map<pid_t, process_census::entry> process_census::look() {
    std::map<pid_t, entry> out;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    for_each_process([&](const process_row& row) {
        if (row.state == 'Z' || row.state == 'X')
            return;
        auto& one = out[row.session];
        ++one.processes;
        one.resident += row.resident_pages * page;
    });
    return out;
}

} // namespace transport
