// What came back from asking for a document of an authorization server, and when to ask again. The asking
// itself is done elsewhere: the machines of this folder say which URL they want, and are told what came.
#pragma once

#include "auth/flaw.hpp"
#include "auth/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

// The answer to a GET or POST. Whoever asks follows no redirect, sends no credentials that it was not told to
// send, checks the address that a name leads to (ssrf_guard.hpp), takes at most ten seconds, and reads at
// most max_document bytes of a body.
struct fetch_result {
    unsigned status = 0; // 0: no whole answer came, and `error` says why
    std::string body{};
    bool truncated = false;         // the body is longer than was read
    std::string cache_control{};    // the value of Cache-Control; several lines are joined with commas
    std::string location{};         // where a redirect, which is not followed, points
    std::string www_authenticate{}; // the value of WWW-Authenticate; several lines are joined with commas
    std::string error{};
};

inline constexpr std::size_t max_document = std::size_t{512} << 10;

// The body of an answer with status 200. A flaw says what came instead.
[[nodiscard]] parsed<std::string_view> document_of(const fetch_result& from);

// How long a document may be used before it should be read again: `max-age` (RFC 9111 section 5.2.2.1),
// within five minutes and one hour; five minutes where it says no-store or no-cache, and a quarter of an hour
// where it says nothing.
[[nodiscard]] seconds freshness(std::string_view cache_control) noexcept;

// The pause after so many failures in a row: 0.5, 1, 2, 5, 10, and from then on 30 s.
[[nodiscard]] milliseconds retry_pause(unsigned failures) noexcept;

} // namespace auth
