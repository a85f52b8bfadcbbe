// The stream of one `subscriptions/listen` (MCP 2026-07-28, basic/patterns/subscriptions): of what a client session hears
// outside of calls, what this one asked for, each message with the id of the subscription.
#pragma once

#include "transport/mcp/front/client_stream.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// Which notifications a client asks for, or gets.
struct listen_filter {
    unsigned lists = 0;              // bits of vmcp::changed_lists
    std::vector<std::string> uris{}; // of resources whose updates it wants, each once, in order

    [[nodiscard]] bool empty() const noexcept { return lists == 0 && uris.empty(); }
};

// At most so many resources in one subscription.
inline constexpr std::size_t most_listen_uris = 256;

// The `notifications` of a SubscriptionsListenRequest. Fails with invalid_params.
[[nodiscard]] vmcp::result<listen_filter> read_listen_filter(const vmcp::message& request);

// Thread-safe. It is the outbound of a client session that lasts as long as the stream.
class listen_stream final : public vmcp::outbound {
public:
    // `raw_id` is the id of the listen request. What waits for the client is drawn from `memory`, which may be null.
    explicit listen_stream(std::string raw_id, vmcp::memory_ledger* memory = nullptr);

    // The first message: what will be delivered. What came before it was asked for follows. Once.
    void acknowledge(listen_filter honoured);
    // The result, which ends the stream. Where nothing was acknowledged, nothing will be delivered: that is said first.
    void complete();

    // ---- as outbound ----
    void send(std::string message) override;
    void ask(std::uint64_t, const vmcp::message&) override {
    } // such a session declares nothing it could be asked
    void withdraw(std::uint64_t, std::string_view) override {}
    void lists_changed(unsigned kinds) override;
    vmcp::awaitable<void> room(vmcp::any_io_executor ex) override { return to_->room(std::move(ex)); }
    [[nodiscard]] bool listening() const override { return true; }
    [[nodiscard]] std::optional<vmcp::steady_clock::time_point> away_since() const override {
        return std::nullopt;
    }
    void close() override { complete(); }

    [[nodiscard]] const std::shared_ptr<client_stream>& stream() const noexcept { return to_; }

private:
    [[nodiscard]] bool wanted(const vmcp::message& m) const; // with the lock

    const std::string raw_id_;
    const std::shared_ptr<client_stream> to_;
    mutable std::mutex mutex_{};
    listen_filter honoured_{};
    std::set<std::string, std::less<>> uris_{};
    std::vector<std::string> early_{};
    vmcp::memory_claim early_memory_; // of that
    bool acknowledged_ = false;
    bool completed_ = false;
};

} // namespace transport
