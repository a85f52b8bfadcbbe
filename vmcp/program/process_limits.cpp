#include "vmcp/program/process_limits.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace vmcp {

std::uint64_t raise_descriptor_limit() noexcept {
    rlimit now{};
    if (::getrlimit(RLIMIT_NOFILE, &now) != 0)
        return std::numeric_limits<std::uint64_t>::max(); // unknown: nothing to warn of
    if (now.rlim_cur < now.rlim_max) {
        rlimit wanted = now;
        wanted.rlim_cur = now.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0)
            now = wanted;
    }
    return now.rlim_cur;
}

void suppress_core_dumps() noexcept {
    rlimit now{};
    if (::getrlimit(RLIMIT_CORE, &now) != 0)
        return;
    // Linux pipes dumps to a handler whatever the limit is, unless it is 1 (core(5)); to a file it writes none then either.
    now.rlim_cur = std::min<rlim_t>(1, now.rlim_max);
    (void)::setrlimit(RLIMIT_CORE, &now);
}

std::optional<std::string> descriptor_warning(std::uint64_t limit, std::uint64_t max_connections) {
    constexpr std::uint64_t reserve = 1'024; // backends, probes, listeners, files
    if (limit >= max_connections + reserve)
        return std::nullopt;
    return fmt::format(
        "at most {} files may be open, fewer than limits.maxConnections ({}) and {} for backends: "
        "raise the hard limit (ulimit -Hn, LimitNOFILE) to {}, or lower limits.maxConnections",
        limit, max_connections, reserve, max_connections + reserve);
}

void keep_pages_of_bodies([[maybe_unused]] unsigned threads) noexcept {
#if defined(__GLIBC__)
    ::mallopt(M_ARENA_MAX, static_cast<int>(std::min(threads, 256U)) + 1);
    ::mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
    ::mallopt(M_MMAP_THRESHOLD, 2 * 1024 * 1024);
#endif
}

void give_back_pages() noexcept {
#if defined(__GLIBC__)
    constexpr std::size_t kept_at_the_end = 1024 * 1024; // of each heap
    ::malloc_trim(kept_at_the_end);
#endif
}

} // namespace vmcp
