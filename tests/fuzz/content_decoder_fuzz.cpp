// The decoder of compressed bodies, fed in pieces of the fuzzer's choice: what a compressor wrote it reads back, and of anything else
// it makes no more than it may, the same in every fragmentation.
#include "tests/fakes/compressed.hpp"
#include "tests/fakes/decode_in_pieces.hpp"
#include "transport/http/content_decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using transport::content_coding;
using transport::content_decoder;
using transport::decode_step;

void check(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2)
        return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    const std::size_t piece = 1 + bytes[0] % 61;
    const auto coding = bytes[1] % 2 == 0 ? content_coding::gzip : content_coding::deflate;

    const auto whole = fakes::decode_in_pieces(coding, input, std::max(input.size(), std::size_t{1}));
    check(whole.text.size() <= content_decoder::harmless + input.size() * content_decoder::max_density);
    check(!whole.complete || whole.end == decode_step::need_bytes);
    const auto pieces = fakes::decode_in_pieces(coding, input, piece);
    if (whole.end == decode_step::need_bytes)
        check(pieces == whole);

    const auto how = coding == content_coding::gzip ? fakes::compression::gzip : fakes::compression::zlib;
    const auto back = fakes::decode_in_pieces(coding, fakes::compressed(input, how), piece);
    check(back.text == input && back.complete);
    return 0;
}
