// What may stand in an audit line of what a peer wrote: JSON without the values of members that hold secrets by their
// name, and text without credentials.
#pragma once

#include "vmcp/model/audit.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vmcp {

// Whether a member of this name holds what nobody should read: it has password, token, secret, authorization, credential,
// cookie or a kind of key in it, in any case, with or without hyphens and underscores. Not progressToken and maxTokens.
[[nodiscard]] bool names_a_secret(std::string_view member) noexcept;

// `text` with whatever looks like a credential replaced by "***": JSON Web Tokens, and what follows "Bearer", "Basic" or
// "DPoP".
[[nodiscard]] std::string without_tokens(std::string_view text);

// One line of printable UTF-8, `limit` bytes at most, without the secrets (secret_forms.hpp) and without tokens.
[[nodiscard]] std::string clean_text(std::string_view text, std::span<const std::string> secrets,
                                     std::size_t limit);

// A JSON value for the data of a line: the message itself, with "***" for the values of members whose name says that they
// are secret, also in JSON inside of its strings, and without `secrets` and tokens. A JSON string with its front where it is
// cut, longer than `limit`, or no JSON; empty where nothing of it can be read.
[[nodiscard]] std::string clean_json(const audit_data& from, std::span<const std::string> secrets,
                                     std::size_t limit);

} // namespace vmcp
