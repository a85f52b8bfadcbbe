// What the request for the stream of an HTTP+SSE backend is called where others have the name of their JSON-RPC method.
#pragma once

#include <string_view>

namespace vmcp {

inline constexpr std::string_view event_stream_get = "the GET for its event stream";

} // namespace vmcp
