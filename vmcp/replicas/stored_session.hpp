// A client session as it is stored for all replicas: what its key and its value are. Pure functions.
//
// Neither the id of a session nor who it belongs to is stored, only their digests: whoever reads the store can use no session.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/session/session_record.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vmcp {

// SHA-256 in hexadecimal: what a session is called wherever its id must not stand.
[[nodiscard]] std::string session_digest(std::string_view id);
[[nodiscard]] std::string owner_digest(const identity& who);

// A JSON object of version 1. Subscriptions that do not fit into `longest_record` are left out.
[[nodiscard]] std::string write_record(const session_record& session);
inline constexpr std::size_t longest_record = std::size_t{1} << 20;

// The session `id` of `who`. errc::session_not_found when it belongs to somebody else; errc::io when the value is none of ours, or
// of a later version. Members that are not known are of a newer gateway, and left alone.
[[nodiscard]] result<session_record> read_record(std::string_view text, std::string_view id,
                                                 const identity& who);

} // namespace vmcp
