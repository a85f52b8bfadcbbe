// What is wrong with something a peer sent, in words for the operator of this gateway.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace auth {

// The text says what was wrong and where. It may quote a peer's words, made printable and cut short, and
// never holds a token, a signature or a secret.
struct flaw {
    struct words {}; // without it, a string returned as a value of parsed<std::string> could mean either
    flaw() = default;
    flaw(words, std::string problem) : text(std::move(problem)) {}

    std::string text{};
    friend bool operator==(const flaw&, const flaw&) = default;
};

[[nodiscard]] inline flaw flawed(std::string text) {
    return {flaw::words{}, std::move(text)};
}

// Asking a failed result for its value is a bug of the caller, hence an exception.
[[noreturn]] inline void throw_exception_from_error(const flaw& error, const boost::source_location&) {
    throw std::logic_error("value of a failed result: " + error.text);
}

template <class T>
using parsed = boost::system::result<T, flaw>;

} // namespace auth
