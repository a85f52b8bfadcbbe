// Expected failures as values: result<T> holds a T or a failure (what went wrong, and where).
#pragma once

#include "vmcp/base/errc.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace vmcp {

// A failure that the network, a peer or a user can cause. `detail` says what, where and, where it helps, what
// to do; it may hold a peer's words and must never hold a secret. `data` is raw JSON for the `data` member of
// a JSON-RPC error, or empty.
struct failure {
    errc code = errc::internal;
    std::string detail{};
    std::string data{};

    // "text: detail" as shown to a client or in a log line.
    [[nodiscard]] std::string message() const {
        std::string text(row_of(code).text);
        if (!detail.empty())
            text.append(": ").append(detail);
        return text;
    }

    friend bool operator==(const failure&, const failure&) = default;
};

// Asking a failed result for its value is a bug of the caller, hence an exception.
[[noreturn]] inline void throw_exception_from_error(const failure& error, const boost::source_location&) {
    throw std::logic_error("value of a failed result: " + error.message());
}

template <class T = void>
using result = boost::system::result<T, failure>;

[[nodiscard]] inline failure fail(errc code, std::string detail = {}) {
    return failure{code, std::move(detail), {}};
}

} // namespace vmcp
