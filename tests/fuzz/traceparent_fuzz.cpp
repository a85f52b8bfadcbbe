// traceparent on the first line, tracestate behind it: what is read is what a second, naive reading finds, and what goes on is
// within the bounds and reads back to itself.
#include "vmcp/model/traceparent.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

bool naive(const std::string& text) {
    const auto hex = [&](std::size_t from, std::size_t count) {
        return text.find_first_not_of("0123456789abcdef", from) >= from + count;
    };
    if (text.size() < 55 || !hex(0, 2) || !hex(3, 32) || !hex(36, 16) || !hex(53, 2))
        return false;
    if (text[2] != '-' || text[35] != '-' || text[52] != '-' || text.substr(0, 2) == "ff")
        return false;
    if (text.size() > 55 && (text.substr(0, 2) == "00" || text[55] != '-'))
        return false;
    return text.substr(3, 32) != std::string(32, '0') && text.substr(36, 16) != std::string(16, '0');
}

void check_parent(const std::string& text) {
    const auto read = vmcp::read_traceparent(text);
    check(read.has_value() == naive(text));
    if (!read)
        return;
    check(read->known() && read->state.empty());
    const auto again = vmcp::traceparent_text(*read);
    check(again.substr(3, 49) == text.substr(3, 49));
    check(vmcp::read_traceparent(again) == read);
    check(vmcp::hex_text(read->trace_id) == text.substr(3, 32));
    check(vmcp::hex_text(read->span_id) == text.substr(36, 16));
}

void check_state(std::string_view text) {
    const auto read = vmcp::read_tracestate(text);
    check(read.size() <= vmcp::most_tracestate_bytes);
    check(std::ranges::count(read, ',') < static_cast<std::ptrdiff_t>(vmcp::most_tracestate_members));
    check(std::ranges::all_of(read, [](char c) { return c >= 0x20 && c <= 0x7E; }));
    check(vmcp::read_tracestate(read) == read);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto line = std::min(text.find('\n'), text.size());
    check_parent(std::string(text.substr(0, line)));
    check_state(text.substr(std::min(line + 1, text.size())));
    return 0;
}
