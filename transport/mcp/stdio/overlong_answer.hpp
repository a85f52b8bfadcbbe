// Whose answer a message was that is too long to be read: told by its ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace transport {

// The id of ours in a JSON-RPC response of which only the first and the last bytes are there. Serializers write it first or
// last; nothing is found where it stands elsewhere, and where there is no `result` or `error` beside it. Pure.
[[nodiscard]] std::optional<std::uint64_t> id_of_overlong_answer(std::string_view head,
                                                                 std::string_view tail);

} // namespace transport
