// A call whose exchange runs in a coroutine of its own: the HTTP request that waits for its answer may end before it does,
// and another one may take its place.
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/reply.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/model/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmcp {

// A question of the backend that waits for the client's answer while the call is parked. Thread-safe.
class parked_question final : public pending_ask {
public:
    // `held` counts what it keeps of the question.
    parked_question(std::string key, std::string method, std::string params, memory_claim held = {})
        : key_(std::move(key))
        , method_(std::move(method))
        , params_(std::move(params))
        , held_(std::move(held)) {}

    [[nodiscard]] const std::string& key() const noexcept { return key_; } // unique within the call
    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    [[nodiscard]] const std::string& params() const noexcept { return params_; } // raw JSON, or empty

    // A whole response message, with any id; or why there will be none. The first word counts.
    void settle(result<std::string> given);
    // The time for an answer is over: its backend hears what a person would have told it who looked away.
    void expire();
    [[nodiscard]] bool open() const { return !answer_.peek(); }

    awaitable<result<std::string>> answer(steady_clock::time_point until) override;
    void cancel(std::string_view reason) override;
    void on_progress(std::function<void(std::string)>) override {} // a parked client tells of none

private:
    const std::string key_;
    const std::string method_;
    const std::string params_;
    const memory_claim held_;
    mutable promised<result<std::string>> answer_{};
};

// A question that the client was not asked for want of a capability.
struct refused_question {
    std::string method{};
    std::string needs{}; // client_capabilities::lacking()
};

// The sink of its own exchange. Thread-safe: a request that attaches may run on another worker than the exchange.
class running_call final : public reply_sink, public std::enable_shared_from_this<running_call> {
public:
    // Begins the exchange on the call's executor. The call must own its bytes; these, and what waits here for somebody who
    // attaches, are drawn from `memory`, which may be null. Fails with no_memory.
    [[nodiscard]] static result<std::shared_ptr<running_call>>
    start(service& core, std::shared_ptr<call> call, memory_ledger* memory = nullptr);
    explicit running_call(std::shared_ptr<call> call, memory_ledger* memory = nullptr);

    // `answered`: out.done() or out.fail() was called. `asked`: questions are open that this attachment has not seen;
    // the exchange waits for their answers. `displaced`: somebody else attached, or detach() was called. `ended`: the
    // exchange ended without an answer, because the call was cancelled.
    enum class end : std::uint8_t { answered, asked, displaced, ended };

    // Gives what came meanwhile, and what comes, to `out`, on the executor of the coroutine that awaits this. At most one is attached:
    // the last one. Of the answer it may be given once.
    [[nodiscard]] awaitable<end> attach(reply_sink& out);
    void detach();

    // Those that are open, in the order in which they were asked.
    [[nodiscard]] std::vector<std::shared_ptr<parked_question>> questions() const;
    [[nodiscard]] const std::shared_ptr<call>& of() const noexcept { return call_; }
    // The last question that the client did not declare it can be asked; nothing: there was none.
    [[nodiscard]] std::optional<refused_question> refused() const;
    // The exchange is over; what it said may still be waiting for somebody who attaches.
    [[nodiscard]] bool over() const;

    // Questions of a moment make one round.
    static constexpr std::chrono::milliseconds round{30};
    // Beyond these the oldest notifications of a call that nobody is attached to are dropped.
    static constexpr std::size_t most_kept = 64;
    static constexpr std::size_t most_kept_bytes = std::size_t{256} << 10;
    static constexpr std::size_t most_questions = 16;

    // ---- as the sink of its exchange, on the call's executor ----
    awaitable<void> notify(const gather& message) override;
    result<std::shared_ptr<pending_ask>> ask(const message& request) override;
    awaitable<void> done(const reply& answer) override;
    awaitable<void> fail(const failure& why) override;

private:
    struct next_step {
        std::string notification{};
        bool answer_is_there = false;
        std::optional<end> ended{};
        steady_clock::time_point look_again = steady_clock::time_point::max();
    };
    [[nodiscard]] next_step next(std::uint64_t attachment);
    void drop_surplus();
    // A view: of what the exchange holds until it was given on.
    using outcome = std::variant<std::monostate, const reply*, kept_reply, failure>;
    void finish(outcome outcome);
    [[nodiscard]] bool offer(const reply& answer);
    enum class handed : std::uint8_t { over, not_yet, never };
    [[nodiscard]] handed how_handed() const;
    void keep(const reply& answer);
    [[nodiscard]] awaitable<void> give(reply_sink& out) const;
    void given();

    const std::shared_ptr<call> call_;
    memory_ledger* const memory_;
    memory_claim request_memory_;
    mutable std::mutex mutex_{};
    memory_claim notification_memory_;
    memory_claim answer_memory_; // of one that was kept
    std::deque<std::string> notifications_{};
    std::size_t notification_bytes_ = 0;
    std::vector<std::weak_ptr<parked_question>> questions_{};
    std::uint64_t next_key_ = 1;
    std::optional<refused_question> refused_{};
    bool unseen_questions_ = false;
    steady_clock::time_point first_unseen_{};
    outcome outcome_{};
    bool over_ = false;
    bool giving_ = false;        // of the outcome, to whoever is attached
    std::uint64_t attached_ = 0; // 0: nobody
    bool attached_here_ = false; // on the thread of the exchange
    std::uint64_t last_attachment_ = 0;
    wait_list changed_{};
    wait_list taken_{};
};

} // namespace vmcp
