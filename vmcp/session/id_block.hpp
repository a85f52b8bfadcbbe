// Numbers that a gateway gives to questions and event streams of a session, where several gateways serve one session: each
// takes its own, and tells from a number whose it is.
#pragma once

#include <cstdint>

namespace vmcp {

// Numbers of questions begin at `first`. Those of a lone gateway are 1, 2, 3...; others begin with the number of the replica.
struct id_block {
    static constexpr unsigned counter_bits = 22;
    static constexpr unsigned replica_bits =
        31; // 53 together: numbers that every JSON reader keeps exact (RFC 8259, 6)
    static constexpr unsigned stream_bits = 11; // streams for each number of a question
    static constexpr std::uint64_t apart =
        64; // numbers of questions from one session of a replica to the next

    std::uint64_t first = 1;

    // Of the session number `count` that this replica holds, which may be one that it held before and lost.
    [[nodiscard]] static constexpr id_block of(std::uint32_t replica, std::uint64_t count) noexcept {
        const auto in_replica = (count * apart) & ((std::uint64_t{1} << counter_bits) - 1);
        return {(std::uint64_t{replica} << counter_bits) + in_replica + 1};
    }

    // The number of the session's first event stream.
    [[nodiscard]] constexpr std::uint64_t first_stream() const noexcept {
        return (first >> counter_bits) == 0 ? 0 : first << stream_bits;
    }

    // 0: of a lone gateway, or made up.
    [[nodiscard]] static constexpr std::uint64_t replica_of_question(std::uint64_t id) noexcept {
        return id >> counter_bits;
    }
    [[nodiscard]] static constexpr std::uint64_t replica_of_stream(std::uint64_t number) noexcept {
        return number >> (counter_bits + stream_bits);
    }
    // The first event stream of some session of some replica, which is one outside of calls.
    [[nodiscard]] static constexpr bool is_first_stream(std::uint64_t number) noexcept {
        return replica_of_stream(number) != 0 && number % (apart << stream_bits) == std::uint64_t{1}
                                                                                        << stream_bits;
    }
    friend constexpr bool operator==(const id_block&, const id_block&) = default;
};

} // namespace vmcp
