// A blocking loopback socket whose every wait is bounded: what tests speak raw bytes through. A wait that ends
// without what it waited for throws, which GoogleTest reports as a failure of the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fakes {

using std::chrono::milliseconds;

// Longer than anything a test waits for on a busy machine; reached only by a test that fails.
inline constexpr milliseconds patience{15'000};

class socket {
public:
    socket() = default;
    explicit socket(int fd) noexcept : fd_(fd) {}
    socket(socket&& other) noexcept;
    socket& operator=(socket&& other) noexcept;
    ~socket() { close(); }

    [[nodiscard]] static socket connect(std::uint16_t port);

    // All of it. False when the peer closed the connection; throws when it does not read for too long.
    bool send(std::string_view bytes);
    // As much as the peer takes: stops when it has not read for `wait`. Returns how much that was.
    std::size_t send_until_full(std::string_view bytes, milliseconds wait);
    // The same as send() in pieces of `size` bytes, each in a packet of its own.
    bool send_in_pieces(std::string_view bytes, std::size_t size);

    // Appends at least one byte to `buffer`. False at the end of the stream; throws when nothing comes.
    bool fill(milliseconds wait = patience);
    // Something can be read, or the stream ended, within `wait`.
    [[nodiscard]] bool readable(milliseconds wait) const;
    // The peer ends the stream; what came before that is in `buffer`.
    void expect_end();

    void shut_write();
    void close();
    // Closes with a reset instead of an end of stream.
    void reset();

    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

    std::string buffer{};   // read, not yet used
    std::size_t wanted = 0; // for readers of messages: less than this in `buffer` is not worth a look

private:
    int fd_ = -1;
};

// A socket that listens on 127.0.0.1. `port` 0: the system chooses.
class listening_socket {
public:
    explicit listening_socket(std::uint16_t port = 0);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] int fd() const noexcept { return own_.fd(); }
    [[nodiscard]] socket accept();
    void close() { own_.close(); }

private:
    socket own_{};
    std::uint16_t port_ = 0;
};

} // namespace fakes
