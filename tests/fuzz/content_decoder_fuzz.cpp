// The decoder of compressed bodies, fed in pieces of the fuzzer's choice: what a compressor wrote it reads back, and of anything else
// it makes no more than it may, the same in every fragmentation.
#include "tests/fakes/compressed.hpp"
#include "transport/http/content_decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using transport::content_coding;
using transport::content_decoder;
using transport::decode_step;

void check(bool holds) {
    if (!holds)
        std::abort();
}

struct outcome {
    std::string text{};
    decode_step end = decode_step::need_bytes;
    bool complete = false;
    friend bool operator==(const outcome&, const outcome&) = default;
};

// Pieces of `size` bytes, each in memory of its own.
outcome decode(content_coding coding, std::string_view body, std::size_t size) {
    content_decoder decoder(coding);
    outcome out;
    while (!body.empty() && out.end == decode_step::need_bytes) {
        const std::vector<char> piece(
            body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min(size, body.size())));
        body.remove_prefix(piece.size());
        decoder.feed({piece.data(), piece.size()});
        std::string_view more;
        while ((out.end = decoder.next(more)) == decode_step::data)
            out.text += more;
    }
    out.complete = decoder.complete();
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2)
        return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    const std::size_t piece = 1 + bytes[0] % 61;
    const auto coding = bytes[1] % 2 == 0 ? content_coding::gzip : content_coding::deflate;

    const auto whole = decode(coding, input, std::max(input.size(), std::size_t{1}));
    check(whole.text.size() <= content_decoder::harmless + input.size() * content_decoder::max_density);
    check(!whole.complete || whole.end == decode_step::need_bytes);
    const auto pieces = decode(coding, input, piece);
    if (whole.end == decode_step::need_bytes)
        check(pieces == whole);

    const auto how = coding == content_coding::gzip ? fakes::compression::gzip : fakes::compression::zlib;
    const auto back = decode(coding, fakes::compressed(input, how), piece);
    check(back.text == input && back.complete);
    return 0;
}
