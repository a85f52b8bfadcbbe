// A session_carrier for backends of the HTTP+SSE transport: each conversation is an event stream, and what is sent in it are POSTs.
#pragma once

#include "transport/mcp/back/session_carrier.hpp"
#include "transport/mcp/sse_back/sse_run.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace transport {

class sse_carrier final : public session_carrier, public std::enable_shared_from_this<sse_carrier> {
public:
    // Of `session`, which outlives it.
    sse_carrier(session_core& session, sse_patience patience) : session_(session), patience_(patience) {}
    ~sse_carrier() override;

    [[nodiscard]] std::chrono::milliseconds patience() const override;
    [[nodiscard]] vmcp::awaitable<opened> open(opening how) override;
    [[nodiscard]] conversation current() const override;
    [[nodiscard]] bool posts() const noexcept override { return true; }
    [[nodiscard]] std::string posts_to(conversation in) const override;
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>> send(std::string message, conversation in,
                                                           vmcp::steady_clock::time_point until,
                                                           vmcp::cancellation* control) override;
    [[nodiscard]] std::optional<vmcp::failure> over(conversation which) const override;
    [[nodiscard]] std::optional<vmcp::failure> take_spoiled(std::uint64_t) override { return std::nullopt; }
    void unanswered(conversation which) override;
    void drop(conversation which) override;

private:
    using run_ptr = std::shared_ptr<sse_run>;

    [[nodiscard]] sse_run::ear ear_of(conversation as);
    void ended(conversation which);
    [[nodiscard]] run_ptr run_of(conversation which) const;

    session_core& session_;
    const sse_patience patience_;

    mutable std::mutex mutex_{};
    conversation last_ = 0;
    run_ptr run_{}; // of the last; null: there was none
};

} // namespace transport
