// One request to a backend, from the wish to send it to its response, as a machine that asks for I/O instead of doing
// it: when it is sent again, when a session is established anew, when a broken answer is resumed, and what becomes of
// each message that belongs to it.
#pragma once

#include "transport/http/client_exchange.hpp"
#include "transport/mcp/back/backend_message.hpp"
#include "transport/mcp/back/established.hpp"
#include "transport/mcp/back/exchange_action.hpp"
#include "transport/net/connection.hpp"
#include "transport/sse/sse_decoder.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// How to drive it: start(), then do what each returned action asks and answer with the function its comment names,
// until `finish`. Not thread-safe. Three things may come in between:
// - cancelled(), instead of the action's own answer or before the action is begun;
// - expired(), instead of the answer of a read, a write or a connect, when until() has passed;
// - elsewhere(), instead of the answer of read_head, read_body, read_some, rest or listen, or before they are begun: the
//   action it returns in the end is the same again, to be gone on with, unless the request is over.
//
// What it goes by:
// - A request is sent again, on a new connection and once, when not all of it was written, or when a connection that had
//   served before closed before the first byte of an answer and the request changes nothing at the backend.
// - It is sent again in a new session, once, when the backend says that it does not know the session before it says
//   anything else: it has not executed the request then (lost_session.hpp).
// - It is sent again with a new credential, once, after HTTP 401, or 403 for one that has expired, if there is one.
// - It is sent again to where a redirect points that keeps the request as it is, once, within the origin.
// - An event stream that ends without the response goes on after a pause with a GET, if it carried event ids (MCP
//   2025-11-25, basic/transports, "Resumability and Redelivery"), as long as there is time and it brings something.
// - One that is answered elsewhere is over when its response comes there: read_some waits for elsewhere() then.
// - The first response counts, on whichever stream it comes, and nothing after it.
// - Progress starts the clock anew, if it may; while a question is open, it stands still: a person may be asked.
class exchange_machine {
public:
    explicit exchange_machine(const exchange_terms& terms);
    exchange_machine(const exchange_machine&) = delete;
    exchange_machine& operator=(const exchange_machine&) = delete;

    [[nodiscard]] exchange_action start();

    // `has_id`: the session has an id, which the backend may lose.
    [[nodiscard]] exchange_action session_ready(bool has_id);
    [[nodiscard]] exchange_action session_failed(vmcp::failure why, call_facts facts);
    [[nodiscard]] exchange_action begun(std::uint64_t id);
    // `secrets` of the credential, and the fields of the caller's own that go along, or null; they must live until the next
    // authorized() or the end.
    [[nodiscard]] exchange_action authorized(std::span<const std::string> secrets,
                                             const header_list* of_caller = nullptr);
    [[nodiscard]] exchange_action unauthorized(vmcp::failure why);
    [[nodiscard]] exchange_action renewed(bool there_is_another);
    [[nodiscard]] exchange_action connected(bool reused);
    // Instead of connected(): an answer of status 400 or above refused what the request needs first. It is no answer to the
    // request, whatever is in it.
    [[nodiscard]] exchange_action refused_before(std::string detail, call_facts facts);
    [[nodiscard]] exchange_action connect_failed(const connect_failure& why, steady_clock::time_point now);
    [[nodiscard]] exchange_action sent();
    [[nodiscard]] exchange_action head(const answer_head& answer);
    // `text` must live until the next body() or the end.
    [[nodiscard]] exchange_action body(std::string_view text, std::string_view address,
                                       steady_clock::time_point now);
    // The next bytes, empty at the proper end of the stream; they must live until the next read_some is asked for.
    [[nodiscard]] exchange_action some(std::string_view piece, std::string_view address,
                                       steady_clock::time_point now);
    [[nodiscard]] exchange_action broken(const exchange_failure& why, std::string_view address,
                                         steady_clock::time_point now);
    [[nodiscard]] exchange_action kept();
    [[nodiscard]] exchange_action replied();
    [[nodiscard]] exchange_action delivered(steady_clock::time_point now);
    // `accepted`: question_answered() will follow.
    [[nodiscard]] exchange_action asked(bool accepted, steady_clock::time_point now);
    [[nodiscard]] exchange_action rested(steady_clock::time_point now);

    [[nodiscard]] exchange_action cancelled();
    [[nodiscard]] exchange_action expired(std::string detail, std::string_view address);
    // Instead of the answer of read_some: there is no room for what held_bytes() would be next.
    [[nodiscard]] exchange_action too_much(std::string detail, std::string_view address);
    // A message for this request that came on another stream.
    [[nodiscard]] exchange_action elsewhere(std::string text, steady_clock::time_point now);
    // At any time; until() may be another one afterwards.
    void question_answered(steady_clock::time_point now);

    // When expired() is due; the end of time while a question is open.
    [[nodiscard]] steady_clock::time_point until() const noexcept;
    // The message to be delivered. Good until the deliver action is answered.
    [[nodiscard]] const vmcp::message& message() const noexcept { return message_; }
    // Where the broken answer is to go on; empty: the request itself is to be sent.
    [[nodiscard]] const std::string& last_event_id() const noexcept { return last_event_id_; }
    // Where the request goes instead of the backend's own target; empty: there.
    [[nodiscard]] const std::string& moved_to() const noexcept { return moved_to_; }
    // Of the last answer; 0: there was none.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    // Of the Mcp-Session-Id of the answer to a request without a session.
    [[nodiscard]] const std::string& new_session_id() const noexcept { return new_session_id_; }
    // What it holds of an event stream: of the event that is being read, and of the last one.
    [[nodiscard]] std::size_t held_bytes() const noexcept {
        return text_.capacity() + (events_ ? events_->held_bytes() : 0);
    }
    // After finish.
    [[nodiscard]] const exchange_outcome& outcome() const noexcept { return outcome_; }

    // At most so many questions of one request may wait for a client.
    static constexpr unsigned most_questions = 64;
    // Resumptions in a row that bring nothing.
    static constexpr int most_in_vain = 20;
    // A backend that asks for a shorter pause would be asked in a tight loop.
    static constexpr milliseconds least_pause{50};
    // A stream may end just before the response is read off another one.
    static constexpr milliseconds moment{100};

private:
    using kind = exchange_action::kind;
    enum class source : std::uint8_t { body, stream, elsewhere };

    exchange_action act(kind kind);
    exchange_action next_attempt(bool lost);
    exchange_action judge(std::string_view text, std::string_view address, steady_clock::time_point now);
    exchange_action accepted(bool spoke, steady_clock::time_point now);
    exchange_action unanswered();
    exchange_action lose(std::string_view text);
    exchange_action next_event(steady_clock::time_point now);
    std::optional<exchange_action> take_event(steady_clock::time_point now);
    std::optional<exchange_action> follow();
    exchange_action go_on(steady_clock::time_point now);
    std::optional<exchange_action> next_message(steady_clock::time_point now);
    std::optional<exchange_action> take(steady_clock::time_point now);
    exchange_action send_again(vmcp::failure why);
    exchange_action broke_off(vmcp::failure why, steady_clock::time_point now);
    // `words`: what of it is the peer's own, apart from `why`, which clients are told.
    exchange_action give_up(vmcp::failure why, std::string words = {});

    // What no message may show of what the request was sent with.
    [[nodiscard]] std::vector<std::string> secrets() const;
    [[nodiscard]] std::string excerpt(std::string_view of_peer) const;
    [[nodiscard]] bool means_lost(std::string_view text) const;
    [[nodiscard]] bool is_mine(const vmcp::message& m) const;
    void note(std::string_view address, unsigned status = 0, std::string_view text = {});

    const exchange_terms terms_;
    steady_clock::time_point deadline_;
    exchange_action doing_{};
    exchange_outcome outcome_{};
    std::span<const std::string> secrets_{};
    const header_list* of_caller_ = nullptr;
    unsigned open_questions_ = 0;
    // What has happened and happens once.
    bool session_lost_ = false;
    bool fresh_ = false;
    bool renewed_ = false;
    bool answered_ = false;

    // This attempt.
    std::uint64_t id_ = 0;
    bool session_has_id_ = false;
    bool reused_ = false;
    bool sent_ = false;
    bool resuming_ = false;
    bool heard_ = false; // an event; a refusal comes before all of them
    bool distrust_ = false;
    exchange_action next_{};                 // after the connection was given back
    std::optional<vmcp::failure> refused_{}; // before it was sent
    std::string address_{};

    // The answer.
    unsigned status_ = 0;
    bool json_ = false;
    bool streaming_ = false;
    std::string content_type_{}; // where the status is no 200
    std::string location_{};
    std::string next_target_{}; // that it redirects to
    std::string moved_to_{};
    bool sure_end_ = false;
    std::string new_session_id_{};
    std::optional<sse_decoder> events_{};
    std::string last_event_id_{};
    milliseconds pause_{1'000};
    int in_vain_ = 0;

    // The messages that are being delivered.
    source from_ = source::body;
    exchange_action interrupted_{};
    std::string_view body_{};
    std::string text_{};
    message_sequence messages_{};
    vmcp::message message_{};
};

} // namespace transport
