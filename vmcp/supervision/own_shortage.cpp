#include "vmcp/supervision/own_shortage.hpp"

#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <string_view>

namespace vmcp {
namespace {

std::string_view reason_of(shortage shortage) {
    switch (shortage) {
    case shortage::descriptors:
        return "OutOfDescriptors";
    case shortage::memory:
        return "OutOfMemory";
    case shortage::ports:
        return "OutOfPorts";
    case shortage::threads:
        return "OutOfThreads";
    }
    return "OutOfDescriptors";
}

std::string_view remedy_of(shortage shortage) {
    switch (shortage) {
    case shortage::descriptors:
        return "raise the hard limit of open files, or lower limits.maxConnections and limits.maxStreams";
    case shortage::memory:
        return "give the machine or the container more memory";
    case shortage::ports:
        return "widen net.ipv4.ip_local_port_range";
    case shortage::threads:
        return "name servers do not answer, or the limit of threads is too low";
    }
    return "";
}

} // namespace

std::optional<health::condition> condition_of(shortage shortage, const shortage_figures& figures,
                                              std::chrono::steady_clock::time_point now) {
    constexpr std::chrono::seconds recent{60};
    if (!figures.last || now - *figures.last > recent)
        return std::nullopt;
    return health::condition{
        "ResourcesSufficient", "False", std::string(reason_of(shortage)),
        fmt::format("This gateway ran out of {} {}, last {} s ago; {}", name_of(shortage),
                    count_of(figures.times, "time"),
                    std::chrono::duration_cast<std::chrono::seconds>(now - *figures.last).count(),
                    remedy_of(shortage))};
}

} // namespace vmcp
