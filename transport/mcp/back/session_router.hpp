// Which requests of one session are under way, and which questions of the backend wait for a client: how a message finds
// what it belongs to, whichever stream it comes on.
#pragma once

#include "transport/mcp/back/session_lifetime.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/client.hpp"

#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace transport {

// Part of a session. Thread-safe.
class session_router {
public:
    explicit session_router(session_lifetime& whole) : whole_(whole) {}

    // ---- requests under way

    // What the router knows of a request, and what waits for it; for the router alone, between add() and remove().
    struct mailbox : boost::intrusive::set_base_hook<> {
        std::uint64_t id = 0;
        const void* asker = nullptr; // whose it is; null: the gateway's own. Compared, never used
        vmcp::any_io_executor home{};
        std::function<void()> wake{};          // a message has come
        std::function<void()> question_over{}; // a client's answer was carried to the backend
        std::list<std::string> waiting{};      // costs nothing while it is empty
        std::size_t bytes = 0;                 // of those that wait
        vmcp::memory_claim held{};             // for those
        bool responded = false;                // a response is among them, or was
    };
    // Both on the mailbox's executor, on which its functions are called.
    void add(mailbox& box);
    void remove(mailbox& box);
    // The next message, in the order in which they came.
    [[nodiscard]] std::optional<std::string> take(mailbox& from);

    // Hands over a message to the running request of that id. False: there is none, as many wait for it as may, or there is
    // no memory for it. There is always room for one response, and for one only.
    bool hand_over(std::uint64_t id, std::string message, bool is_response);
    // Hands over a question that names no request: to the first of those of a client, when only one client has some under
    // way.
    enum class handed : std::uint8_t { taken, full, nobody, several };
    handed hand_to_the_asker(std::string message);

    [[nodiscard]] bool is_running(std::uint64_t id);
    // How many are.
    [[nodiscard]] std::size_t running();
    // As if something had come for that request, or for each of them: there is news that is no message. False: there is no
    // such request.
    bool wake(std::uint64_t id);
    void wake_all();

    // A question of that request is answered. On the request's executor; nothing when it is over already.
    void question_over(std::uint64_t id);

    static constexpr std::size_t most_waiting = 64;
    static constexpr std::size_t most_waiting_bytes = std::size_t{1} << 20;

    // ---- questions of the backend

    // `raw_id` is the backend's. A later question under the same id takes the place of the earlier one.
    void add_question(std::string raw_id, const std::shared_ptr<vmcp::pending_ask>& asked);
    void remove_question(const std::string& raw_id);
    // The backend takes a question back. `reason` is a raw JSON string or empty.
    void withdraw_question(std::string_view raw_id, std::string_view reason);

private:
    struct id_of {
        using type = std::uint64_t;
        const type& operator()(const mailbox& m) const noexcept { return m.id; }
    };

    bool push(mailbox& to, std::string message, bool is_response);
    void post_wake(const mailbox& to);
    void call(std::uint64_t id, std::function<void()> mailbox::* which);

    session_lifetime& whole_;
    std::mutex mutex_{};
    boost::intrusive::set<mailbox, boost::intrusive::key_of_value<id_of>> running_{};
    std::map<std::string, std::weak_ptr<vmcp::pending_ask>, std::less<>> questions_{};
};

// One request under way, found by the router while it lives. Belongs to its executor.
class running_request {
public:
    // `asker`: as in mailbox. `memory` may be null.
    running_request(session_router& in, std::uint64_t id, const void* asker, vmcp::any_io_executor home,
                    std::function<void()> wake, std::function<void()> question_over,
                    vmcp::memory_ledger* memory = nullptr)
        : router_(in) {
        box_.held = vmcp::memory_claim(memory, vmcp::memory_class::answers);
        box_.id = id;
        box_.asker = asker;
        box_.home = std::move(home);
        box_.wake = std::move(wake);
        box_.question_over = std::move(question_over);
        router_.add(box_);
    }
    ~running_request() { router_.remove(box_); }
    running_request(const running_request&) = delete;
    running_request& operator=(const running_request&) = delete;

    [[nodiscard]] std::uint64_t id() const noexcept { return box_.id; }
    [[nodiscard]] std::optional<std::string> take() { return router_.take(box_); }

private:
    session_router& router_;
    session_router::mailbox box_{};
};

} // namespace transport
