// A compressed body as it comes over a network: in pieces of any size.
#pragma once

#include "transport/http/content_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fakes {

struct decoded_text {
    std::string text{};
    transport::decode_step end = transport::decode_step::need_bytes;
    bool complete = false;
    friend bool operator==(const decoded_text&, const decoded_text&) = default;
};

// Pieces of `size` bytes, each in memory of its own.
inline decoded_text decode_in_pieces(transport::content_coding coding, std::string_view body,
                                     std::size_t size) {
    transport::content_decoder decoder(coding);
    decoded_text out;
    while (!body.empty() && out.end == transport::decode_step::need_bytes) {
        const std::vector<char> piece(
            body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min(size, body.size())));
        body.remove_prefix(piece.size());
        decoder.feed({piece.data(), piece.size()});
        std::string_view more;
        while ((out.end = decoder.next(more)) == transport::decode_step::data)
            out.text += more;
    }
    out.complete = decoder.complete();
    return out;
}

} // namespace fakes
