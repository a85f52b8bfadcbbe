// Reads a chunked body (RFC 9112, section 7.1) piece by piece, without a copy. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace transport {

enum class chunk_step : std::uint8_t {
    need_bytes, // all of the input is used
    data,       // `piece` holds the next bytes of the body
    end,        // the body is over; what is left of the input belongs to the next message
    malformed,  // not a chunked body, or a limit was exceeded; final: close the connection
};

// In place of Beast's parser, which aborts on a failed assertion when a body that is only its last chunk
// comes in single bytes, adds trailer fields to those of the head, and wants all trailers in one buffer
// however long they are. Strict: lines end in CRLF, sizes are 1 to 16 hexadecimal digits, extensions hold no
// control characters. Extensions and trailers are skipped.
//     while ((step = decoder.next(input, piece)) == chunk_step::data)
//         use(piece);
class chunked_decoder {
public:
    // Bytes of all lines (sizes with their extensions, trailers) between two pieces of data.
    static constexpr std::size_t max_overhead = 8 * 1024;

    // Takes what it uses off the front of `input`; `piece` is a view into it.
    [[nodiscard]] chunk_step next(std::string_view& input, std::string_view& piece) noexcept;

    // The body ended with trailer fields; they were dropped.
    [[nodiscard]] bool had_trailers() const noexcept { return had_trailers_; }

private:
    enum class phase : std::uint8_t {
        size,      // digits
        blank,     // blanks after the size, which only an extension may follow
        extension, // up to CR
        size_end,  // LF of the size line
        data,
        data_cr, // the CRLF after the data
        data_lf,
        line_start,  // of a trailer or of the empty line
        trailer,     // up to CR
        trailer_end, // LF of a trailer line
        last_lf,     // LF of the empty line
        end,
        malformed,
    };

    [[nodiscard]] phase after(char c) noexcept;
    [[nodiscard]] phase after_size(char c) noexcept;

    std::uint64_t rest_ = 0; // of the chunk's data; while in `size`: the number so far
    std::size_t overhead_ = 0;
    std::uint8_t digits_ = 0;
    phase phase_ = phase::size;
    bool had_trailers_ = false;
};

} // namespace transport
