// Last-Event-ID: what is accepted writes back to the same text. The replay window against a plain list of all
// events.
#include "transport/sse/event_log.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

void check_id(std::string_view text) {
    const auto position = transport::parse_event_id(text);
    if (position)
        check(transport::event_id(*position) == text);
}

void check_log(const std::uint8_t* bytes, std::size_t size) {
    const transport::event_log::limits limits{.max_events = bytes[0] % 8U, .max_bytes = bytes[1] % 64U};
    transport::event_log log(1, limits);
    std::vector<std::string> all;
    for (std::size_t i = 2; i < size; ++i) {
        all.emplace_back(bytes[i] % 32U, static_cast<char>('a' + i % 26));
        check(log.append(all.back()) == all.size());
        check(log.size() <= limits.max_events && log.bytes() <= limits.max_bytes);
    }

    // As many of the newest events as fit are there, in order.
    std::size_t fit = 0;
    std::size_t total = 0;
    while (fit < std::min(all.size(), limits.max_events) &&
           total + all[all.size() - 1 - fit].size() <= limits.max_bytes)
        total += all[all.size() - 1 - fit++].size();
    for (std::uint64_t sequence = 0; sequence <= all.size() + 1; ++sequence) {
        const auto events = log.after(sequence);
        check(events.has_value() == (sequence <= all.size() && all.size() - sequence <= fit));
        if (!events)
            continue;
        check(static_cast<std::size_t>(events->size()) == all.size() - sequence);
        auto expected = sequence;
        for (const auto& entry : *events) {
            check(entry.data == all[expected]);
            check(entry.sequence == ++expected);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    check_id({reinterpret_cast<const char*>(bytes), size});
    if (size >= 2 && size < 200)
        check_log(bytes, size);
    return 0;
}
