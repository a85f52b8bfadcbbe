// Decodes a chunked HTTP/1.1 body (RFC 9112, section 7.1) that arrives in pieces of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

class chunked_decoder {
public:
    enum class state { more, done, broken };

    // Appends the payload of `bytes` to `out`. After `done`, consumed() tells how many bytes of the last
    // piece belonged to this body. Not to be called again before reset().
    [[nodiscard]] state feed(std::string_view bytes, std::string& out);

    [[nodiscard]] std::size_t consumed() const { return consumed_; }
    void reset() { *this = chunked_decoder{}; }

private:
    enum class phase {
        size,
        extension,
        size_end,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_end,
        last_lf
    };

    [[nodiscard]] state step(char c);

    phase phase_ = phase::size;
    std::uint64_t left_ = 0; // of the current chunk
    unsigned digits_ = 0;
    std::size_t consumed_ = 0;
};

} // namespace bench
