// Which role of AWS a caller gets, and by which name AWS's logs know it: from the claims of the caller's token.
#pragma once

#include "auth/flaw.hpp"
#include "vmcp/config/token_strategy.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

// The texts of a claim: of a string, or of an array's strings. `name` is that of the claim or, where there is none of that
// name, the way to it through objects: "realm_access.roles". Empty: it is not there, or holds no text.
[[nodiscard]] std::vector<std::string> claim_texts(std::string_view claims, std::string_view name);

// The ARN; a flaw when no mapping is for the caller and there is no fallback.
[[nodiscard]] parsed<std::string> role_for(const vmcp::aws_strategy& by, std::string_view claims);

// 2 to 64 of A-Z, a-z, 0-9 and _+=,.@-, as AWS wants it. What may not stand in it is replaced by '-', and a digest of the
// whole added, so that two callers do not share a name. A flaw when the caller has no such claim.
[[nodiscard]] parsed<std::string> session_name_for(const vmcp::aws_strategy& by, std::string_view claims);

} // namespace auth
