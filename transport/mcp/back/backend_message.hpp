// What a backend says, read and sorted: which request of ours a message answers, or whom else it concerns.
#pragma once

#include "vmcp/model/message.hpp"
#include "vmcp/model/peer_message.hpp"
#include "vmcp/model/reply.hpp"

#include <cstdint>
#include <string_view>

namespace transport {

using vmcp::backend_json_depth;
using vmcp::message_sequence;
using vmcp::our_id;

enum class backend_says : std::uint8_t {
    response,         // result or error of a request of ours, by its id; an error may have none
    progress,         // of a request of ours, by its token
    question,         // a request
    withdrawal,       // notifications/cancelled: it does not want the answer to a question any more
    lists_changed,    // one of its lists
    resource_updated, // a resource that somebody subscribed to
    log,
    notification, // any other
};
[[nodiscard]] backend_says kind_of(const vmcp::message& m) noexcept;

// What kind of reply the response `m` is to a request of `method`.
[[nodiscard]] vmcp::answer_kind reply_kind_of(const vmcp::message& m, std::string_view method) noexcept;

} // namespace transport
