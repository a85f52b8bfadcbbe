// One request to a backend: does what an exchange_machine asks for.
#pragma once

#include "transport/mcp/back/backend_questions.hpp"
#include "transport/mcp/back/backend_request.hpp"
#include "transport/mcp/back/backend_span.hpp"
#include "transport/mcp/back/http_attempt.hpp"
#include "transport/mcp/back/parked_place.hpp"
#include "transport/mcp/back/session_carrier.hpp"
#include "transport/mcp/back/session_ending.hpp"
#include "transport/mcp/back/session_router.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "transport/net/guarded_pause.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/gather.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

struct session_core;

class backend_call final : private http_attempt {
public:
    // Sends the request and relays what belongs to it to `out`, the response last; as backend::exchange(). On a worker.
    // The arguments must outlive the coroutine.
    [[nodiscard]] static vmcp::awaitable<vmcp::result<void>>
    run(session_core& in, const backend_request& request, vmcp::reply_sink& out);

    ~backend_call() {
        if (parked_)
            parked_->call_over();
    }
    backend_call(const backend_call&) = delete;
    backend_call& operator=(const backend_call&) = delete;

private:
    using kind = exchange_action::kind;

    backend_call(session_core& in, const backend_request& request, vmcp::reply_sink& out);

    // What the machine asks for. Only what waits is a coroutine, and what waits in every call is awaited in run(): a
    // coroutine costs an allocation.
    void note_flags(const exchange_action& action);
    [[nodiscard]] bool session_at_hand();
    // What its client had set before the call is still on its way to the backend.
    [[nodiscard]] bool overtakes() const;
    vmcp::awaitable<exchange_action> get_session();
    exchange_action session_found();
    exchange_action begin();
    const exchange_request& http_request();
    // Over a session_carrier, in place of connecting, sending and reading; one that posts does the first two by HTTP.
    [[nodiscard]] bool posts() const;
    vmcp::awaitable<exchange_action> join_conversation(exchange_action again);
    vmcp::awaitable<std::optional<exchange_action>> open_conversation();
    exchange_action not_opened(const session_carrier::opened& how);
    vmcp::awaitable<exchange_action> say();
    std::optional<exchange_action> conversation_ended();
    vmcp::awaitable<exchange_action> hear(exchange_action again);
    [[nodiscard]] std::string_view target() const;
    vmcp::awaitable<exchange_action> deliver(delivery how);
    vmcp::awaitable<exchange_action> ask();
    backend_questions::on_answered park();
    vmcp::awaitable<exchange_action> rest(exchange_action again);
    vmcp::result<void> finish();

    // What comes in between. `again` is the action that was under way.
    [[nodiscard]] std::optional<std::string> mail_for(const exchange_action& next);
    [[nodiscard]] bool was_interrupted() override { return std::exchange(interrupted_, false); }
    void on_cancelled();
    void on_mail();
    void on_question_answered();
    void refuse_left_over(std::string_view text);

    session_core& core_;
    std::optional<session_ending::use> use_{}; // ends last: the session may end with it
    const backend_request& request_;
    vmcp::reply_sink& out_;
    backend_span span_;

    session_state::session_ptr ready_{};
    const established* session_ = nullptr; // the one in use; null: there is none yet
    std::optional<running_request> running_{};
    std::string id_{};    // raw, as the backend knows the request
    vmcp::gather body_{}; // the request under that id
    std::string via_{};
    header_list signature_{};
    std::vector<header_field> fields_{}; // views into what stands above
    exchange_request http_request_{};
    session_carrier::conversation conversation_ = 0; // over a carrier: the one that it is sent in
    std::string posts_to_{};                         // ... that posts: where a handshake goes
    std::optional<guarded_pause> pause_{};
    std::vector<std::weak_ptr<vmcp::pending_ask>> questions_{};
    std::shared_ptr<parked_place> parked_{}; // null: no question was asked
    bool mail_ = false;                      // there may be some
    bool interruptible_ = false;             // a wait is under way that can be begun again
    bool interrupted_ = false;               // ... and was ended for that
    vmcp::cancellation::scope cancellable_;
};

} // namespace transport
