// What an API server sends on a watch, cut as the fuzzer likes: the same lines come out whatever the pieces are, and a reflector
// that is fed them stays within its budget, and knows what to do next.
#include "transport/kube/reflector_machine.hpp"
#include "transport/kube/watch_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t longest = 200;
constexpr std::size_t budget = 4'000;

void require(bool holds) {
    if (!holds)
        std::abort();
}

struct seen {
    std::vector<std::string> lines{};
    bool overlong = false;
    friend bool operator==(const seen&, const seen&) = default;
};

seen read_in_pieces(std::string_view text, std::size_t size) {
    kube::watch_lines lines(longest);
    seen out;
    while (!text.empty() && !out.overlong) {
        const auto piece = text.substr(0, size);
        text.remove_prefix(piece.size());
        out.overlong = lines.feed(piece, [&](std::string_view line) {
            out.lines.emplace_back(line);
            return true;
        }) == kube::watch_lines::end::overlong;
        require(lines.held() <= longest);
    }
    return out;
}

void feed_machine(const std::vector<std::string>& lines) {
    vmcp::byte_budget room(budget);
    kube::object_store store(room);
    kube::reflector_machine machine({.collection = "/c",
                                     .reduce = [](std::string_view text) { return std::string(text); },
                                     .dice = [] { return 0.5; }},
                                    store);
    kube::time_point now{std::chrono::hours(1)};
    bool listing = true;
    for (const auto& line : lines) {
        auto action = machine.next(now);
        if (action.type == kube::reflector_action::kind::pause) {
            require(action.until > now && action.until <= now + std::chrono::seconds(90));
            now = action.until;
            action = machine.next(now);
        }
        listing = action.type == kube::reflector_action::kind::list;
        if (listing) {
            machine.listed({.status = 200, .body = line}, now);
        } else {
            machine.watching(now);
            machine.event(line, now);
            if (!machine.gives_up_watch())
                machine.watch_ended({.status = 200}, now);
        }
        require(room.used() <= budget);
    }
}

} // namespace

// The first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read_in_pieces(text, std::max<std::size_t>(text.size(), 1));
    require(read_in_pieces(text, 1 + data[0]) == whole);
    require(read_in_pieces(text, 1) == whole);
    feed_machine(whole.lines);
    return 0;
}
