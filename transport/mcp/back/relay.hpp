// Everything that belongs to one request in flight to a backend: its response, the notifications and the
// requests of the backend on its stream, and the answers to those.
#pragma once

#include "transport/mcp/back/upstream.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// Lives on the worker of its request. Answers to the backend's requests may still be waited for when the
// request is over; finish() ends them.
class relay final : public std::enable_shared_from_this<relay> {
public:
    // `id` is the raw id, and the progress token, under which the backend knows the request. `what` and `out`
    // must live until finish(). `deadline` is the request's at first: progress moves it, if it may, and an
    // open question to the client stops the clock, which then starts anew.
    relay(std::shared_ptr<upstream> up, const upstream_request& what, vmcp::reply_sink& out, std::string id,
          vmcp::steady_clock::time_point deadline);

    enum class step : std::uint8_t { more, answered, not_mcp };

    // Takes one message, or a batch of them. `answered`: it held the response, which is delivered.
    asio::awaitable<step> take(std::string_view text);

    // The connection that the request rests on, which gets the request's deadline; null between attempts.
    void runs_on(connection* over);
    // What is left of the request's time, at least 1 ms; its whole timeout while a question is open.
    [[nodiscard]] std::chrono::milliseconds left() const;
    [[nodiscard]] bool in_time() const {
        return open_questions_ > 0 || vmcp::steady_clock::now() < deadline_;
    }
    // What the request rests on between attempts: cancelled when the response comes elsewhere. Null: nothing.
    void rests_on(asio::steady_timer* pause) { pause_ = pause; }

    // A message for this request that came on another stream: servers send progress, questions and even the
    // response where they have an open stream. They are taken one after the other. False when it is not
    // taken: the request is over, or too many wait already; there is always room for one response. From any
    // thread.
    bool take_elsewhere(std::string message, bool is_response);

    // The response came on another stream, so that none will come on this one.
    [[nodiscard]] bool answered_elsewhere() const noexcept { return answered_elsewhere_; }

    // Waits until all that came on another stream had its effect; what comes there later has none. A response
    // that did not come yet is given `patience`. To be awaited before finish(): `out` may be in use until
    // then.
    asio::awaitable<void> settled(std::chrono::milliseconds patience);

    // The request is over: pending questions to the client are taken back. Must be called before `what` and
    // `out` end.
    void finish();
    // The same without a word to anybody, for a request that ends by an exception.
    void detach() noexcept;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }

private:
    asio::awaitable<step> take_message(const vmcp::message& m);
    asio::awaitable<void> answer(const vmcp::message& m);
    asio::awaitable<void> notification(const vmcp::message& m);
    asio::awaitable<void> progress(const vmcp::message& m);
    asio::awaitable<void> question(const vmcp::message& m);
    asio::awaitable<void> carry_answer(std::shared_ptr<relay> self,
                                       std::shared_ptr<vmcp::pending_ask> pending, std::string raw_id);
    static asio::awaitable<void> take_waiting(std::shared_ptr<relay> self);

    void restart_clock();

    std::shared_ptr<upstream> up_;
    const upstream_request* what_;
    vmcp::reply_sink* out_;
    std::string id_;
    vmcp::any_io_executor executor_;
    connection* connection_ = nullptr;
    asio::steady_timer* pause_ = nullptr;
    std::chrono::milliseconds timeout_;
    vmcp::steady_clock::time_point deadline_;
    unsigned open_questions_ = 0;
    bool answered_ = false;
    bool answered_elsewhere_ = false;
    std::vector<std::weak_ptr<vmcp::pending_ask>> questions_{};

    // What came on another stream.
    struct elsewhere {
        std::mutex mutex{};
        std::list<std::string> waiting{}; // costs nothing while it is empty
        std::size_t bytes = 0;            // of those that wait
        bool response = false;            // one is among them, or was
        bool taking = false;              // a coroutine takes them
        bool over = false;                // none is taken any more
        vmcp::wait_list changed{};        // `taking` became false
    } elsewhere_{};
};

// Whether the backend's raw id is the one we sent; servers that turn numbers into strings are forgiven.
[[nodiscard]] bool same_id(std::string_view raw, std::string_view ours) noexcept;

} // namespace transport
