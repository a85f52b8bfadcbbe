// Replies of Redis in pieces of the fuzzer's choice: the same as in one piece, within the bounds; and commands are read as they
// were written.
#include "transport/redis/resp.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using transport::resp_decoder;
using transport::resp_value;

constexpr resp_decoder::limits bounds{.line = 64, .reply = 512, .items = 32, .depth = 4};

struct seen {
    std::vector<resp_value> replies{};
    bool refused = false;
    friend bool operator==(const seen&, const seen&) = default;
};

seen read(std::string_view stream, std::size_t piece) {
    resp_decoder in(bounds);
    seen out;
    for (std::size_t at = 0; at < stream.size() && !out.refused; at += piece) {
        in.feed(stream.substr(at, piece));
        for (;;) {
            const auto next = in.next();
            out.refused = !next;
            if (!next || !*next)
                break;
            out.replies.push_back(**next);
        }
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1)
        return 0;
    const std::size_t piece = data[0] % 67 + 1;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (!(read(stream, piece) == read(stream, stream.size() + 1)))
        std::abort();

    const std::vector<std::string> command{std::string(stream.substr(0, 100)), "x"};
    std::string text;
    transport::append_command(text, command);
    const auto back = read(text, piece);
    if (back.replies.size() != 1 || back.replies[0].items.size() != 2 ||
        back.replies[0].items[0].text != command[0])
        std::abort();
    return 0;
}
