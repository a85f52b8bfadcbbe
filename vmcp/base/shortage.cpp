#include "vmcp/base/shortage.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <boost/system/errc.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace vmcp {
namespace {

using steady_clock = std::chrono::steady_clock;
using ticks = steady_clock::rep;

// Descriptors, memory and ports are the process's, and so is what is known of them.
struct counter {
    std::atomic<std::uint64_t> times{0};
    std::atomic<ticks> last{0};
    std::atomic<ticks> logged{0};
};
std::array<counter, all_shortages.size()> counters;

counter& of(shortage shortage) {
    return counters[static_cast<std::size_t>(shortage)];
}

} // namespace

std::string_view name_of(shortage shortage) noexcept {
    switch (shortage) {
    case shortage::descriptors:
        return "descriptors";
    case shortage::memory:
        return "memory";
    case shortage::ports:
        return "ports";
    case shortage::threads:
        return "threads";
    }
    return "descriptors";
}

std::optional<shortage> shortage_of(const boost::system::error_code& ec) noexcept {
    namespace errc = boost::system::errc;
    if (ec == errc::too_many_files_open || ec == errc::too_many_files_open_in_system)
        return shortage::descriptors;
    if (ec == errc::not_enough_memory || ec == errc::no_buffer_space)
        return shortage::memory;
    if (ec == errc::address_not_available)
        return shortage::ports;
    if (ec == errc::resource_unavailable_try_again)
        return shortage::threads;
    return std::nullopt;
}

bool out_of_descriptors() noexcept {
    const int probe = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (probe < 0)
        return errno == EMFILE || errno == ENFILE;
    ::close(probe);
    return false;
}

void note_shortage(shortage shortage, steady_clock::time_point now) {
    constexpr steady_clock::duration between_lines = std::chrono::seconds(30);
    auto& one = of(shortage);
    const auto times = ++one.times;
    const auto at = now.time_since_epoch().count();
    one.last.store(at, std::memory_order_relaxed);
    auto logged = one.logged.load();
    if (logged != 0 && at - logged < between_lines.count())
        return;
    if (one.logged.compare_exchange_strong(logged, at))
        log::warn("this gateway is out of {} ({} so far): no backend is blamed for it; see \"Shortage\" in "
                  "docs/operations.md",
                  name_of(shortage), count_of(times, "time"));
}

const boost::system::error_code& note_if_shortage(const boost::system::error_code& ec) {
    if (const auto met_shortage = shortage_of(ec))
        note_shortage(*met_shortage, steady_clock::now());
    return ec; // NOLINT(bugprone-return-const-ref-from-parameter): as its callers hold it
}

shortage_figures seen(shortage shortage) noexcept {
    const auto& one = of(shortage);
    shortage_figures out{.times = one.times.load(std::memory_order_relaxed), .last = {}};
    if (const auto last = one.last.load(std::memory_order_relaxed); last != 0)
        out.last = steady_clock::time_point(steady_clock::duration(last));
    return out;
}

} // namespace vmcp
