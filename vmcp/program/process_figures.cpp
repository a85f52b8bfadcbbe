#include "vmcp/program/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace vmcp {
namespace {

// When the machine was started, in seconds since 1970.
double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;)
        if (word == "btime") {
            double seconds = 0;
            file >> seconds;
            return seconds;
        }
    return 0;
}

// The fields of /proc/self/stat from the third on: the second is the program's name, which may hold anything.
void read_stat(process_figures& out) {
    std::ifstream file("/proc/self/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos)
        return;
    std::istringstream fields(text.substr(name_end + 1));
    const auto skip = [&](int n) {
        for (std::string ignored; n > 0; --n)
            fields >> ignored;
    };
    double user = 0;
    double system = 0;
    double start = 0;
    std::uint64_t pages = 0;
    skip(11);
    fields >> user >> system;
    skip(4);
    fields >> out.threads;
    skip(1);
    fields >> start >> out.virtual_bytes >> pages;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    out.cpu_seconds = (user + system) / ticks;
    out.start_time = boot_time() + start / ticks;
    out.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

process_figures read_process_figures() {
    process_figures out;
    read_stat(out);
    std::error_code ec;
    std::filesystem::directory_iterator descriptors("/proc/self/fd", ec);
    if (!ec)
        out.open_fds = static_cast<std::uint64_t>(std::distance(begin(descriptors), end(descriptors)));
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.max_fds = limit.rlim_cur;
    return out;
}

} // namespace vmcp
