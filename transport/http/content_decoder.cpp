#include "transport/http/content_decoder.hpp"

#include "vmcp/base/ascii.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace transport {

namespace {

constexpr int window = 15;               // the largest (RFC 1950 section 2.2)
constexpr int gzip_window = window + 16; // zlib's way to ask for the gzip format
constexpr std::size_t output_size = 16 * 1024;

// The first byte of the zlib format names the method, 8, and a window of at most 7 (RFC 1950 section 2.2).
bool begins_zlib(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return (byte & 0x0FU) == 8 && (byte >> 4U) <= 7;
}

std::string_view without_blanks(std::string_view text) noexcept {
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

} // namespace

content_coding coding_of(std::string_view content_encoding) noexcept {
    const auto name = without_blanks(content_encoding);
    if (name.empty() || vmcp::iequals(name, "identity"))
        return content_coding::identity;
    if (vmcp::iequals(name, "gzip") || vmcp::iequals(name, "x-gzip"))
        return content_coding::gzip;
    return vmcp::iequals(name, "deflate") ? content_coding::deflate : content_coding::unknown;
}

struct content_decoder::state {
    explicit state(content_coding c) : coding(c) {}
    ~state() {
        if (begun)
            inflateEnd(&stream);
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    // Made ready for what the first byte begins, or for the next member of a gzip body (RFC 1952 section 2.2).
    bool begin() {
        if (begun)
            return coding == content_coding::gzip && inflateReset(&stream) == Z_OK;
        int bits = gzip_window;
        if (coding == content_coding::deflate)
            bits = begins_zlib(input.front()) ? window : -window;
        begun = inflateInit2(&stream, bits) == Z_OK;
        return begun;
    }

    // One call of zlib. Gives how many bytes of `output` it filled; nothing when the bytes are no such body.
    bool inflate_some(std::size_t& made) {
        constexpr std::size_t most = std::numeric_limits<uInt>::max();
        const auto offered = static_cast<uInt>(std::min(input.size(), most));
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data())); // zlib only reads it
        stream.avail_in = offered;
        stream.next_out = reinterpret_cast<Bytef*>(output.data());
        stream.avail_out = static_cast<uInt>(output.size());
        const int how = inflate(&stream, Z_NO_FLUSH);
        const std::size_t used = offered - stream.avail_in;
        made = output.size() - stream.avail_out;
        input.remove_prefix(used);
        consumed += used;
        produced += made;
        member_ended = how == Z_STREAM_END;
        // Z_BUF_ERROR: there was nothing to do, which is no error at the end of what was fed.
        return how == Z_OK || how == Z_STREAM_END || (how == Z_BUF_ERROR && input.empty());
    }

    const content_coding coding;
    std::string_view input{};
    z_stream stream{};
    bool begun = false;
    bool member_ended = true; // nothing is open
    std::uint64_t consumed = 0;
    std::uint64_t produced = 0;
    decode_step failure = decode_step::need_bytes; // none
    std::array<char, output_size> output;
};

content_decoder::content_decoder(content_coding coding) : state_(std::make_unique<state>(coding)) {
}

content_decoder::~content_decoder() = default;

void content_decoder::feed(std::string_view bytes) noexcept {
    state_->input = bytes;
}

bool content_decoder::complete() const noexcept {
    return state_->member_ended && state_->input.empty() && state_->failure == decode_step::need_bytes;
}

decode_step content_decoder::next(std::string_view& piece) {
    piece = {};
    auto& s = *state_;
    while (s.failure == decode_step::need_bytes) {
        if (s.member_ended) {
            if (s.input.empty())
                return decode_step::need_bytes;
            if (!s.begin()) {
                s.failure = decode_step::malformed;
                break;
            }
        }
        std::size_t made = 0;
        if (!s.inflate_some(made))
            s.failure = decode_step::malformed;
        else if (s.produced > harmless && s.produced / max_density > s.consumed)
            s.failure = decode_step::too_dense;
        else if (made > 0) {
            piece = {s.output.data(), made};
            return decode_step::data;
        } else if (s.input.empty())
            return decode_step::need_bytes;
    }
    return s.failure;
}

} // namespace transport
