// Bodies as a server compresses them.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace fakes {

enum class compression { gzip, zlib, bare };

// A stream that is flushed now and then, as servers compress what they send in pieces.
class compressor {
public:
    explicit compressor(compression how) {
        constexpr int window = 15;
        const int bits = how == compression::gzip ? window + 16 : how == compression::zlib ? window : -window;
        if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::runtime_error("deflateInit2");
    }
    ~compressor() { deflateEnd(&stream_); }
    compressor(const compressor&) = delete;
    compressor& operator=(const compressor&) = delete;

    // Everything so far can be read.
    std::string flushed(std::string_view text) { return run(text, Z_SYNC_FLUSH); }
    std::string last(std::string_view text = {}) { return run(text, Z_FINISH); }

private:
    std::string run(std::string_view text, int flush) {
        std::string out;
        char piece[4096];
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(piece);
            stream_.avail_out = sizeof(piece);
            deflate(&stream_, flush);
            out.append(piece, sizeof(piece) - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }

    z_stream stream_{};
};

inline std::string compressed(std::string_view text, compression how = compression::gzip) {
    return compressor(how).last(text);
}

} // namespace fakes
