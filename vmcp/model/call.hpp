// One request of a client on its way through the gateway, and the way back: what fronts (client side) give to
// the core and the core gives to backs (backend side). Nothing here knows which protocol revision either side
// speaks.
#pragma once

#include "vmcp/base/gather.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/version.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

template <class T>
using awaitable = boost::asio::awaitable<T>;
using boost::asio::any_io_executor;
using steady_clock = std::chrono::steady_clock;

// Who calls. Anonymous callers have an empty issuer and the subject "anonymous".
struct principal {
    std::string issuer{};
    std::string subject = "anonymous";
    friend bool operator==(const principal&, const principal&) = default;
};

// A request that a backend sent to the client and that waits for the client's answer.
class pending_ask {
public:
    virtual ~pending_ask() = default;
    // The client's whole response message (result or error, with the id the gateway minted), or why there is
    // none. Once.
    virtual awaitable<result<std::string>> answer(steady_clock::time_point until) = 0;
    // Returns when the client, if it listens, is ready for more: whoever asks much waits in between.
    virtual awaitable<void> room() { co_return; }
    // The backend no longer wants it: the client is told so, and a waiting answer() fails with
    // errc::cancelled. From any thread.
    virtual void cancel(std::string_view reason) = 0;
    // Where progress notifications of the client for this request go, with the backend's own token in them.
    // From any thread.
    virtual void on_progress(std::function<void(std::string)> to) = 0;
};

// Where the words of a backend go while a call runs. Zero or more notify() and ask(), then exactly one
// done(). All on the executor of the call, one at a time but for ask()'s answers.
class reply_sink {
public:
    virtual ~reply_sink() = default;
    // A notification that belongs to this call, as a whole message. Returns when there is room for the next.
    virtual awaitable<void> notify(const gather& message) = 0;
    // A request of the backend to the client; `request` must live until the call returns. The sink mints an
    // id of its own.
    virtual result<std::shared_ptr<pending_ask>> ask(const message& request) = 0;
    // The backend closed its connection for a while and will go on later (MCP 2025-11-25, basic/transports):
    // the client's connection may be released in the same way.
    virtual void pause() {}
    // The response message, with the client's id. Its pieces must live until the coroutine ends.
    virtual awaitable<void> done(const gather& response) = 0;
};

// How a call was answered. `tool_error`: a result that says that the tool failed (`isError`).
enum class answer_kind : std::uint8_t { result, tool_error, error };

// Stops a running call. All members but cancel() belong to the call's executor.
class call_control : public std::enable_shared_from_this<call_control> {
public:
    explicit call_control(any_io_executor ex) : executor_(std::move(ex)) {}

    // From any thread: marks the call cancelled and runs what on_cancel() installed, on the call's executor.
    void cancel(std::string reason);

    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; } // raw JSON string or empty
    [[nodiscard]] const any_io_executor& executor() const noexcept { return executor_; }

    // Runs at once if the call is cancelled already. An empty function removes what was installed.
    void on_cancel(std::function<void()> what);

    // Noted by whoever answers, for metrics; the last word counts.
    void answered(answer_kind how) noexcept { answer_ = how; }
    [[nodiscard]] answer_kind answer() const noexcept { return answer_; }

private:
    any_io_executor executor_;
    std::function<void()> what_{};
    std::string reason_{};
    bool cancelled_ = false;
    answer_kind answer_ = answer_kind::result;
};

class client_session;

// One request. Everything but the shared pointers lives in the frame of the front that made it, until
// handle() returns.
struct call {
    const message& request;
    std::shared_ptr<client_session> session{};
    std::shared_ptr<const principal> who{};
    std::shared_ptr<call_control> control{};
    // Allow-listed headers of the client's HTTP request, for the backend.
    std::vector<std::pair<std::string, std::string>> headers{};
};

// The core, as fronts see it. handle() answers `request` by exactly one out.done(), or by none when the call
// was cancelled.
class service {
public:
    virtual ~service() = default;
    virtual awaitable<void> handle(const call& what, reply_sink& out) = 0;
    // A notification of a client. Never fails: there is nobody to tell.
    virtual awaitable<void> notice(const call& what) = 0;
};

// Decides whether a principal may make a call, before any backend is touched. Policies plug in here.
class admission {
public:
    virtual ~admission() = default;
    // `method` as in the message; `name` the exposed tool or prompt name or the resource URI.
    [[nodiscard]] virtual result<void> admit(const principal& who, std::string_view method,
                                             std::string_view name) = 0;
};

} // namespace vmcp
