// Decodes a compressed body (Content-Encoding, RFC 9110 section 8.4) piece by piece, in bounded memory. No I/O. For backends that
// compress although every request says `Accept-Encoding: identity`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace transport {

enum class content_coding : std::uint8_t {
    identity,
    gzip,    // also "x-gzip"
    deflate, // the zlib format, or the bare one that many servers mean by it
    unknown,
};

// Of the value of a Content-Encoding field. Codings on top of each other are unknown.
[[nodiscard]] content_coding coding_of(std::string_view content_encoding) noexcept;

enum class decode_step : std::uint8_t {
    need_bytes, // all fed bytes are used: feed() more, or the body has ended
    data,       // `piece` holds the next decoded bytes
    malformed,  // not what the coding is; final
    too_dense,  // see max_density; final
};

//     decoder.feed(bytes);
//     while ((step = decoder.next(piece)) == decode_step::data)
//         use(piece);
class content_decoder {
public:
    // A body that becomes more than so many times as long is refused: it was made to exhaust whoever decodes it. Lists of a
    // thousand like tools become about thirty times as long.
    static constexpr std::uint64_t max_density = 200;
    // What may become that long before anybody minds, in bytes.
    static constexpr std::uint64_t harmless = std::uint64_t{1} << 20;

    // `coding` is gzip or deflate.
    explicit content_decoder(content_coding coding);
    ~content_decoder();
    content_decoder(const content_decoder&) = delete;
    content_decoder& operator=(const content_decoder&) = delete;

    // Hands over the next bytes, which must stay valid until next() has returned something else than `data`. To be called
    // only then.
    void feed(std::string_view bytes) noexcept;
    // `piece` is good until the next call.
    [[nodiscard]] decode_step next(std::string_view& piece);
    // What was fed is a whole body, its check sum included; so is nothing at all.
    [[nodiscard]] bool complete() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace transport
