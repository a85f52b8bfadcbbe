// What of a configuration nobody may read.
#pragma once

#include "vmcp/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The values of all secrets of `c`, for know_secrets(): headers and credentials for backends, client secrets, the admin
// token, of URLs what stands in their queries and what of their paths looks like a key, and those of programs.
[[nodiscard]] std::vector<std::string> secrets_of(const config& c);

// The same of one backend.
[[nodiscard]] std::vector<std::string> secrets_of_backend(const backend_config& backend);

// What nobody may read of the environment and the arguments of a program: values of variables and flags whose names speak of
// secrets, and those that look like keys.
[[nodiscard]] std::vector<std::string> secrets_of_program(const program_config& program);

// Of a backend's URL alone.
[[nodiscard]] std::vector<std::string> secrets_in_url(std::string_view url);

} // namespace vmcp
