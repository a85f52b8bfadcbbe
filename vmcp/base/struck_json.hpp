// JSON that a peer wrote and a client reads as it is, without the secrets that it may repeat.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vmcp {

// `raw`, which is valid JSON, with `secrets` (secret_forms.hpp) and all known ones (known_secrets.hpp) struck from its string
// literals; still JSON, and an error object of its own where that cannot be. Nothing: there are none in it. Of a secret that a
// literal ends within, the first twelve bytes must be there: the beginnings of many are words such as "Bearer".
[[nodiscard]] std::optional<std::string> struck_json(std::string_view raw,
                                                     std::span<const std::string> secrets);

} // namespace vmcp
