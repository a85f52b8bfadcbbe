// How the budget is divided, and in which order it is refused.
#include "vmcp/base/memory_ledger.hpp"

#include <algorithm>

namespace vmcp {
namespace {

// Of the whole, in eighths. Together they are more than the whole: what one class does not use others may.
constexpr std::size_t eighths_of(memory_class kind) noexcept {
    switch (kind) {
    case memory_class::requests:
    case memory_class::answers:
    case memory_class::catalog:
        return 4;
    case memory_class::replay:
    case memory_class::notifications:
        return 2;
    case memory_class::asks:
        break;
    }
    return 1;
}

// How far the class may be filled, and all together.
struct bounds {
    std::size_t of_class;
    std::size_t of_all;
};

constexpr bounds bounds_for(std::size_t limit, memory_class kind, std::size_t whole) noexcept {
    const auto of_class = limit / 8 * eighths_of(kind);
    if (whole <= memory_ledger::small_claim)
        return {of_class, limit};
    return {of_class - of_class / 4, limit - limit / 8};
}

} // namespace

bool memory_ledger::try_take(memory_class kind, std::size_t more, std::size_t whole) noexcept {
    if (more > unlimited)
        return false;
    const auto most = bounds_for(limit(), kind, whole);
    auto& bytes = of(kind).bytes;
    if (bytes.fetch_add(more, std::memory_order_relaxed) + more > most.of_class) {
        bytes.fetch_sub(more, std::memory_order_relaxed);
        return false;
    }
    if (total_.fetch_add(more, std::memory_order_relaxed) + more > most.of_all) {
        give(kind, more);
        return false;
    }
    return true;
}

bool memory_ledger::take(memory_class kind, std::size_t more, std::size_t whole) noexcept {
    while (!try_take(kind, more, whole)) {
        // What is kept for replay does not help a class that is full by itself.
        if (giver_ == nullptr || !would_fit(kind, more, whole) || !giver_->give_way()) {
            count_refused(kind);
            return false;
        }
    }
    return true;
}

void memory_ledger::make_room(std::size_t more) noexcept {
    const auto most = bounds_for(limit(), memory_class::replay, unlimited);
    while ((used() + more > most.of_all || used(memory_class::replay) + more > most.of_class) &&
           giver_ != nullptr && giver_->give_way()) {
    }
}

void memory_ledger::add(memory_class kind, std::size_t more) noexcept {
    of(kind).bytes.fetch_add(more, std::memory_order_relaxed);
    total_.fetch_add(more, std::memory_order_relaxed);
}

void memory_ledger::give(memory_class kind, std::size_t less) noexcept {
    of(kind).bytes.fetch_sub(less, std::memory_order_relaxed);
    total_.fetch_sub(less, std::memory_order_relaxed);
}

// What is kept for replay gives way, and does not count.
std::size_t memory_ledger::room_within(memory_class kind, std::size_t of_class,
                                       std::size_t of_all) const noexcept {
    const auto left = [](std::size_t bound, std::size_t taken) { return bound - std::min(bound, taken); };
    const auto all = used();
    const auto replay = used(memory_class::replay);
    return std::min(left(of_class, kind == memory_class::replay ? 0 : used(kind)),
                    left(of_all, all - std::min(all, replay)));
}

std::size_t memory_ledger::room(memory_class kind) const noexcept {
    const auto most = bounds_for(limit(), kind, unlimited);
    return room_within(kind, most.of_class, most.of_all);
}

bool memory_ledger::would_fit(memory_class kind, std::size_t more, std::size_t whole) const noexcept {
    const auto most = bounds_for(limit(), kind, whole);
    return more <= room_within(kind, most.of_class, most.of_all);
}

} // namespace vmcp
