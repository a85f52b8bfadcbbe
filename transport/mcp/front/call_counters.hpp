// What the front counts of the calls it answers: how many, how they ended and how long they took, by method.
#pragma once

#include "vmcp/base/latency_histogram.hpp"
#include "vmcp/model/methods.hpp"
#include "vmcp/model/reply.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace transport {

// Methods that are counted by name; every other word of a client is `other`, so that clients cannot make up
// time series.
inline constexpr auto counted_methods = [] {
    std::array<std::string_view, vmcp::client_request_count + 1> out{};
    std::ranges::copy(vmcp::client_requests, out.begin());
    out.back() = "other";
    return out;
}();

// How a request ended for the client. `tool_error`: the tool ran and says that it failed (`isError`).
enum class call_end : std::uint8_t { success, tool_error, error, cancelled };
inline constexpr std::array<std::string_view, 4> call_ends{"success", "tool_error", "error", "cancelled"};

// Thread-safe.
class call_counters {
public:
    void record(std::string_view method, call_end how, unsigned thread,
                std::chrono::nanoseconds took) noexcept {
        std::size_t row = 0;
        while (row + 1 < counted_methods.size() && counted_methods[row] != method)
            ++row;
        rows_[row][static_cast<std::size_t>(how)].record(thread, took);
    }

    // By the indexes of counted_methods and call_ends.
    [[nodiscard]] vmcp::latency_totals read(std::size_t method, std::size_t end) const noexcept {
        return rows_[method][end].read();
    }

private:
    std::array<std::array<vmcp::latency_histogram, call_ends.size()>, counted_methods.size()> rows_{};
};

[[nodiscard]] constexpr call_end end_of(vmcp::answer_kind how) noexcept {
    switch (how) {
    case vmcp::answer_kind::result:
        return call_end::success;
    case vmcp::answer_kind::tool_error:
        return call_end::tool_error;
    case vmcp::answer_kind::error:
        return call_end::error;
    }
    return call_end::success;
}

} // namespace transport
