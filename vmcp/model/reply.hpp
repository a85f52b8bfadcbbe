// What a call is answered with, and where the words of a backend go while it runs. Neutral: the front decides how it is
// written (HTTP status, JSON-RPC code, JSON or event stream).
#pragma once

#include "vmcp/base/gather.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vmcp {

// `tool_error`: a result that says that the tool failed (MCP, "Tools": CallToolResult.isError).
enum class answer_kind : std::uint8_t { result, tool_error, error };

// All views; they live until done() has returned its value.
struct reply {
    answer_kind kind = answer_kind::result;
    std::string_view body{}; // raw JSON: the `result`, or the `error` object
    std::string_view
        whole{};           // the backend's message that `body` is a slice of; empty when the gateway answers
    std::string_view id{}; // slice of `whole`, to be replaced by the client's id; empty when it has none
    surplus_slices surplus{}; // of `whole`, not to be passed on
    std::string_view meta{};  // slice of `body`: the value of its `_meta`; empty when it has none
    std::string_view type{};  // slice of `body`: the value of its `resultType`; empty when it has none

    // All that is held of it: the backend's message, or what the gateway made.
    [[nodiscard]] std::string_view text() const noexcept { return whole.empty() ? body : whole; }

    [[nodiscard]] static reply of_result(std::string_view raw) { return {.body = raw}; }
    // Of a response or error message.
    [[nodiscard]] static reply of_message(const message& m, answer_kind kind) {
        const bool failed = m.type == message::kind::error;
        return {.kind = kind,
                .body = failed ? m.error.raw : m.result.raw,
                .whole = m.whole,
                .id = m.id.raw,
                .surplus = m.surplus,
                .meta = m.result_meta.raw,
                .type = m.result_type.raw};
    }
};

// A reply with bytes of its own.
class kept_reply {
public:
    kept_reply() = default;
    explicit kept_reply(const reply& reply);
    kept_reply(kept_reply&&) = default;
    kept_reply& operator=(kept_reply&&) = default;

    [[nodiscard]] reply view() const noexcept;
    [[nodiscard]] std::string_view body() const noexcept { return view().body; }
    // The body without a copy; nothing is kept then.
    [[nodiscard]] std::string take_body() && {
        text_.resize(body_.at + body_.size);
        text_.erase(0, body_.at);
        return std::move(text_);
    }

private:
    struct slice {
        std::size_t at = 0;
        std::size_t size = 0;
    };
    answer_kind kind_ = answer_kind::result;
    bool of_message_ = false;
    std::string text_{}; // of the message, or of the body where there is none
    slice body_{};
    slice id_{};
    std::array<slice, std::tuple_size_v<surplus_slices>> surplus_{};
    slice meta_{};
    slice type_{};
};

// Where the words of a backend go while a call runs. Zero or more notify() and ask(), then exactly one done() or fail(),
// or none when the call was cancelled. All on the executor of the call, one at a time but for ask()'s answers.
class reply_sink {
public:
    virtual ~reply_sink() = default;
    // A notification that belongs to this call, as a whole message with the client's progress token. Returns when there
    // is room for the next.
    virtual awaitable<void> notify(const gather& message) = 0;
    // A request of the backend to the client; `request` must live until the call returns. The sink mints an id of its
    // own.
    virtual result<std::shared_ptr<pending_ask>> ask(const message& request) = 0;
    // The backend closed its connection for a while and will go on later (MCP 2025-11-25, basic/transports): the
    // client's connection may be released in the same way.
    virtual void pause() {}
    virtual awaitable<void> done(const reply& answer) = 0;
    virtual awaitable<void> fail(const failure& why) = 0;
};

} // namespace vmcp
