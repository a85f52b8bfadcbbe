// A client session that goes on in this process: its record, and what cannot be stored: calls that run, questions that
// are open, streams, sessions with backends. Idle sessions are many, so whatever most of them never need is allocated on
// first use.
#pragma once

#include "vmcp/model/call.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/session/client_question.hpp"
#include "vmcp/session/id_block.hpp"
#include "vmcp/session/learned_uris.hpp"
#include "vmcp/session/running_calls.hpp"
#include "vmcp/session/session_record.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// Thread-safe: requests of one client run on several workers.
class live_session final : public client_session, public std::enable_shared_from_this<live_session> {
public:
    // What backends may ask the client.
    struct question_limits {
        std::size_t most = 128;                     // that are open at a time
        std::chrono::milliseconds patience{60'000}; // with a client that is away: no stream, no request
        id_block ids{};                             // of the questions, and of streams
    };

    explicit live_session(session_record from) : live_session(std::move(from), question_limits()) {}
    live_session(session_record from, question_limits questions);
    ~live_session() override;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const identity& who() const noexcept { return *who_; }
    // The session as it is now.
    [[nodiscard]] session_record record() const;
    // Counts what the client set: two that are equal mean that the record is what it was.
    [[nodiscard]] std::uint32_t changes() const noexcept { return changes_.load(std::memory_order_acquire); }
    // What the client set elsewhere: takes the place of what is known of it here, and counts as no change. Subscriptions of
    // which backends here were not told are left to take_inherited().
    void take_over(session_record from);
    // Subscriptions that are known of a record only: no backend was told of them by this process. Once.
    [[nodiscard]] std::vector<subscription> take_inherited();
    // `told` is called when there are such, now or later, on any thread; null: nobody any more.
    void when_inherited(std::function<void()> told);
    [[nodiscard]] const id_block& ids() const noexcept { return question_limits_.ids; }

    [[nodiscard]] protocol_version version() const noexcept override { return version_; }
    [[nodiscard]] const client_capabilities& capabilities() const noexcept override { return *capabilities_; }
    [[nodiscard]] const std::shared_ptr<const client_capabilities>& shared_capabilities() const noexcept {
        return capabilities_;
    }

    // ---- calls in flight ----
    // Fails when `limit` calls are running, and when the session is closed.
    [[nodiscard]] result<void> begin_call(std::string_view raw_id, std::shared_ptr<call> running,
                                          std::size_t limit);
    void end_call(const call& ended);
    // notifications/cancelled: stops what runs under this id. `reason` is a raw JSON string or empty. False: nothing does.
    bool cancel_call(std::string_view raw_id, std::string_view reason);
    // A call runs, or a stream is open.
    [[nodiscard]] bool busy() const;

    // ---- questions to the client ----
    [[nodiscard]] result<std::shared_ptr<pending_ask>> ask(const message& request,
                                                           std::shared_ptr<outbound> stream) override;
    // A response or error of the client. False when nobody waits for it (late or made up).
    bool answer(const message& response);
    // notifications/progress of the client for a request it was asked: passed to the backend that asked. False: nobody waits.
    bool ask_progress(const message& progress);

    // ---- what the client set ----
    [[nodiscard]] log_level level() const noexcept override { return level_.load(std::memory_order_relaxed); }
    void set_level(log_level level) override;
    void remember_subscription(subscription subject, bool subscribed) override;
    [[nodiscard]] std::string subscribed_as(std::string_view backend, std::string_view uri) const override;

    // ---- streams ----
    [[nodiscard]] std::shared_ptr<outbound> stream() const override;
    // Returns the stream that is there already, if one is; null once the session is closed.
    std::shared_ptr<outbound> set_stream(std::shared_ptr<outbound> stream);
    void lists_changed(unsigned kinds) override;
    [[nodiscard]] unsigned take_changed_lists() { return changed_lists_.exchange(0); }
    // The policy class of the caller of its last request: whose lists it sees.
    void set_policy_class(std::string policy_class);
    [[nodiscard]] std::string policy_class() const override;

    // ---- backends ----
    std::shared_ptr<backend_session>
    backend(const void* key, const std::function<std::shared_ptr<backend_session>()>& make) override;
    [[nodiscard]] std::vector<std::shared_ptr<backend_session>> backends() const override;
    void drop_backend(const void* key) override;

    [[nodiscard]] std::shared_ptr<const own_lists> own() const override;
    void keep_own(const void* key, std::shared_ptr<const list_difference> difference) override;

    std::optional<uri_owner> learn_uri(std::string uri, std::string backend) override;
    void forget_uri(std::string_view uri) override;
    [[nodiscard]] std::optional<uri_owner> learned(std::string_view uri) const override;

    // Ends the session: calls are cancelled, streams closed, backends told. Idempotent.
    void close();
    [[nodiscard]] bool closed() const noexcept { return closed_.load(); }

    std::atomic<std::int64_t> last_used{0}; // steady milliseconds; kept by the session table

private:
    struct rarely_used {
        explicit rarely_used(std::uint64_t first_id) : questions(first_id) {}
        open_questions questions;
        learned_uris uris{};
        std::vector<subscription> subscriptions{};
        std::vector<subscription> inherited{};               // of these, those that no backend was told of
        std::shared_ptr<const std::function<void()>> told{}; // of inherited ones
        std::string policy_class{};
        std::shared_ptr<const own_lists> own{};
    };
    rarely_used& rare();
    void inherit_locked(std::vector<subscription> all);
    [[nodiscard]] std::shared_ptr<const own_lists>
    replace_own_locked(const void* key, std::shared_ptr<const list_difference> difference);
    // Since when the client has had no stream open and sent nothing; nothing while it has one.
    [[nodiscard]] std::optional<steady_clock::time_point> away_since() const;

    const question_limits question_limits_;
    const std::string id_;
    const std::shared_ptr<const identity> who_;
    const std::shared_ptr<const client_capabilities> capabilities_;
    const protocol_version version_;
    std::atomic<log_level> level_;
    std::atomic<std::uint32_t> changes_{0};
    std::atomic<unsigned> changed_lists_{0};
    std::atomic<bool> closed_{false};
    std::atomic<bool> has_own_{false}; // for those, nearly all, who have none

    mutable std::mutex mutex_{};
    running_calls calls_{};
    std::vector<std::pair<const void*, std::shared_ptr<backend_session>>> backends_{};
    std::shared_ptr<outbound> stream_{};
    std::unique_ptr<rarely_used> rare_{};
};

// A call that began with begin_call() ends with this.
class call_scope {
public:
    call_scope(std::shared_ptr<live_session> session, std::shared_ptr<const call> running)
        : session_(std::move(session))
        , running_(std::move(running)) {}
    call_scope(const call_scope&) = delete;
    call_scope& operator=(const call_scope&) = delete;
    ~call_scope() { session_->end_call(*running_); }

private:
    std::shared_ptr<live_session> session_;
    std::shared_ptr<const call> running_;
};

} // namespace vmcp
