// Lines of a program's output, fed in pieces of the fuzzer's choice, against a reader that has the whole stream. And whatever a
// line is, finding out whose answer it was does not fail.
#include "transport/mcp/stdio/overlong_answer.hpp"
#include "transport/process/line_framing.hpp"
#include "transport/process/process_census.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using step = transport::line_framing::step;
constexpr std::size_t longest = 40;

struct seen {
    std::vector<std::string> lines{};
    std::vector<std::size_t> dropped{}; // their lengths
    friend bool operator==(const seen&, const seen&) = default;
};

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

seen read_whole(std::string_view stream) {
    seen out;
    for (auto end = stream.find('\n'); end != std::string_view::npos; end = stream.find('\n')) {
        auto line = stream.substr(0, end);
        stream.remove_prefix(end + 1);
        const auto whole = line.size();
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.size() > longest)
            out.dropped.push_back(whole);
        else if (!is_blank(line))
            out.lines.emplace_back(line);
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1)
        return 0;
    const std::size_t piece = data[0] % 67 + 1;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    transport::line_framing lines(longest);
    seen got;
    std::size_t overlong = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        lines.feed(stream.substr(at, piece));
        for (auto what = lines.next(); what != step::more; what = lines.next()) {
            if (what == step::line)
                got.lines.push_back(lines.take_line());
            else if (what == step::overlong)
                ++overlong;
            else
                got.dropped.push_back(lines.dropped_bytes());
        }
        if (lines.held_bytes() > longest + 1)
            std::abort();
    }
    if (!(got == read_whole(stream)) || overlong < got.dropped.size() || overlong > got.dropped.size() + 1)
        std::abort();
    (void)transport::id_of_overlong_answer(
        stream.substr(0, 64), stream.substr(stream.size() - std::min<std::size_t>(64, stream.size())));
    (void)transport::read_process_row(stream);
    return 0;
}
