// The lines of a watch (one JSON document each), out of a body that comes in pieces. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace kube {

class watch_lines {
public:
    // Twice and more what etcd stores of one object.
    static constexpr std::size_t longest_line = std::size_t{4} << 20;

    explicit watch_lines(std::size_t longest = longest_line) : longest_(longest) {}

    enum class end : std::uint8_t { more, stopped, overlong };

    // Gives each line that ends in `piece` to `take`, without its end; empty ones are passed over. `stopped`: `take` has
    // returned false, and the rest of the piece is lost. `overlong`: a line is longer than may be, and what comes after it
    // cannot be read any more.
    [[nodiscard]] end feed(std::string_view piece, const std::function<bool(std::string_view line)>& take);

    // Bytes of the line that has begun.
    [[nodiscard]] std::size_t held() const noexcept { return begun_.size(); }

private:
    std::size_t longest_;
    std::string begun_{};
};

} // namespace kube
