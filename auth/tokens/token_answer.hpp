// What a token endpoint answers: a token (RFC 6749 section 5.1, RFC 8693 section 2.2) or a reason (section 5.2).
#pragma once

#include "auth/fetch.hpp"
#include "auth/time.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t max_issued_token = std::size_t{32} << 10; // bytes

struct issued_token {
    std::string value{}; // visible ASCII: it can stand in a header field
    std::optional<seconds> expires_in{};
};

// Why there is none, for an operator's log: a peer's words in it are printable, cut short, and without `secrets`.
struct token_refusal {
    std::string text{};
    std::string words{};  // what the endpoint said beyond a code that is registered; for operators
    bool refused = false; // the endpoint said no; otherwise it could not be asked, or did not answer sensibly
    friend bool operator==(const token_refusal&, const token_refusal&) = default;
};

template <class T>
using token_result = boost::system::result<T, token_refusal>;
[[noreturn]] void throw_exception_from_error(const token_refusal& error, const boost::source_location&);

// What must stand in the answer.
struct answer_rules {
    std::string_view token_type = "Bearer"; // in any case
    bool needs_issued_type = false;         // `issued_token_type` (RFC 8693 section 2.2.1)
    std::string_view issued_type{};         // this very one; empty: any
};

[[nodiscard]] token_result<issued_token>
read_token_answer(const fetch_result& from, const answer_rules& rules, std::span<const std::string> secrets);

// How long a token may be used: until `max(30 s, a tenth)` before its end, a day at most; five minutes when the endpoint
// does not say. Zero: for the request at hand only.
[[nodiscard]] seconds use_for(const std::optional<seconds>& expires_in) noexcept;

// How long a refusal stands: nobody asks again before that.
[[nodiscard]] seconds keep_refusal(const token_refusal& why) noexcept;

} // namespace auth
