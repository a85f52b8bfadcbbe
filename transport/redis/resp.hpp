// RESP2, the protocol of Redis, without I/O: commands out, replies in, incrementally and within bounds.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include "vmcp/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// One reply, or a part of one.
struct resp_value {
    enum class kind : std::uint8_t { simple, error, integer, bulk, null, array };

    kind type = kind::null;
    std::string text{};              // of simple, error and bulk
    std::int64_t number = 0;         // of integer
    std::vector<resp_value> items{}; // of array

    [[nodiscard]] bool is_error() const noexcept { return type == kind::error; }
    [[nodiscard]] bool is_null() const noexcept { return type == kind::null; }
    // The error begins with this word ("READONLY", "NOSCRIPT"): its code, by convention of the protocol.
    [[nodiscard]] bool is_error(std::string_view code) const noexcept;
    friend bool operator==(const resp_value&, const resp_value&) = default;
};

// Appends a command as an array of bulk strings. There is at least one part: the name.
void append_command(std::string& out, std::span<const std::string> parts);

// Reads replies from a stream of bytes that comes in pieces of any size. What is read once is not looked at again.
class resp_decoder {
public:
    struct limits {
        std::size_t line = std::size_t{16} << 10; // of a header, a status or an error
        std::size_t reply = std::size_t{4} << 20; // of all bytes of one reply
        std::size_t items = 16'384;               // of one reply, those of nested arrays included
        std::size_t depth = 8;                    // of arrays in arrays
    };

    resp_decoder() : resp_decoder(limits()) {}
    explicit resp_decoder(limits bounds) : limits_(bounds) {}

    void feed(std::string_view bytes);
    // The next whole reply; nothing: more bytes are needed. Fails with errc::io where the peer does not speak RESP2, or says
    // more than the limits allow; then always, for nobody knows where the next reply begins.
    [[nodiscard]] vmcp::result<std::optional<resp_value>> next();
    // Bytes that are held.
    [[nodiscard]] std::size_t held() const noexcept { return buffer_.size(); }

private:
    struct open_array {
        resp_value value{};
        std::size_t left = 0;
    };
    enum class step : std::uint8_t { more_bytes, value, part, broken };

    step read_line(resp_value& out);
    step read_bulk(resp_value& out);
    step begin_array(std::int64_t size, resp_value& out);
    bool close_arrays(resp_value& value);
    step refuse(std::string_view why);
    step take_line(std::string_view& line);
    void consume(std::size_t bytes);

    const limits limits_;
    std::string buffer_{};
    std::size_t at_ = 0;      // of buffer_, what is not used yet
    std::size_t scanned_ = 0; // of buffer_, where no end of a line was found before this
    std::size_t bytes_ = 0;   // of this reply so far
    std::size_t items_ = 0;
    std::optional<std::size_t> bulk_{}; // the size of the string that follows
    std::vector<open_array> open_{};
    std::string broken_{};
};

} // namespace transport
