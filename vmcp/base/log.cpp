#include "vmcp/base/log.hpp"

#include <atomic>

namespace vmcp::log {
namespace {

std::atomic<level> minimum{level::info};
sink target; // set once, before threads start

} // namespace

void set_sink(sink to) {
    target = std::move(to);
}

void set_level(level at) {
    minimum.store(at, std::memory_order_relaxed);
}

bool enabled(level at) noexcept {
    return at >= minimum.load(std::memory_order_relaxed) && target != nullptr;
}

void write(level at, std::string_view line) {
    if (target)
        target(at, line);
}

} // namespace vmcp::log
