// The header fields of requests to a backend.
#pragma once

#include "transport/http/head_writer.hpp"
#include "transport/mcp/back/established.hpp"
#include "vmcp/base/gather.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/model/credentials.hpp"

#include <string_view>
#include <vector>

namespace transport {

inline constexpr std::string_view accept_both = "application/json, text/event-stream"; // of each POST
inline constexpr std::string_view accept_events = "text/event-stream";                 // of each GET

// Views into the arguments. `session` is null before there is one, `via` empty where none is sent, `of_call` null where no call of a client is behind it.
// `signature` null where there is none.
// What a client sent never replaces or joins what the gateway sends; a call's own fields come before those of the call
// that opened the session.
[[nodiscard]] std::vector<header_field> backend_fields(std::string_view accept, const established* session,
                                                       const vmcp::credential& credential,
                                                       std::string_view via = {},
                                                       const header_list* of_call = nullptr,
                                                       const header_list* signature = nullptr);

// What the credential signs of this request with, for `signature`; empty where it signs none. `target`: where a redirect
// led; empty: that of `to`. `body` is null without one.
[[nodiscard]] header_list signature_of(const vmcp::credential& credential, std::string_view method,
                                       const vmcp::url& to, std::string_view target = {},
                                       const vmcp::gather* body = nullptr);

} // namespace transport
