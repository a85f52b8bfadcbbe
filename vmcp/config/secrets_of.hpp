// What of a configuration nobody may read.
#pragma once

#include "vmcp/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The values of all secrets of `c`, for know_secrets(): headers and credentials for backends, client secrets, the admin
// token, and of URLs what stands in their queries and what of their paths looks like a key.
[[nodiscard]] std::vector<std::string> secrets_of(const config& c);

// Of a backend's URL alone.
[[nodiscard]] std::vector<std::string> secrets_in_url(std::string_view url);

} // namespace vmcp
