// What AWS's security token service is asked, and what it answers (AssumeRoleWithWebIdentity).
#pragma once

#include "auth/aws/signature_v4.hpp"
#include "auth/fetch.hpp"
#include "auth/tokens/token_answer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace auth {

struct role_terms {
    std::string role{}; // ARN
    std::string session_name{};
    std::string token{}; // of the caller: a secret
    std::uint32_t seconds = 3600;
};

// The body of a POST with Content-Type: application/x-www-form-urlencoded. It is not signed: the token is the proof.
[[nodiscard]] std::string assume_role_form(const role_terms& terms);

// The endpoint of a region, with that of China's partition.
[[nodiscard]] std::string sts_url_of(std::string_view region);

struct assumed_role {
    aws_keys keys{};
    wall_time expiry{};
};

inline constexpr std::size_t max_sts_answer = std::size_t{64} << 10; // bytes

// Reads the XML of an answer, strictly. An error answer is a refusal with AWS's words for operators, printable, cut short and
// without `secrets`; expired and wrong tokens, and roles that may not be assumed, are `refused`.
[[nodiscard]] token_result<assumed_role> read_role_answer(const fetch_result& from,
                                                          std::span<const std::string> secrets);

// "2015-08-30T12:36:00Z", with or without fractions of a second; nothing when it is no such time of the years 1970 to 2200.
[[nodiscard]] std::optional<wall_time> read_iso_time(std::string_view text);

} // namespace auth
