// Calls of stateless clients whose backend waits for the client's answers: between one request of the client and its
// retry nobody holds them but this (MCP 2026-07-28, basic/patterns/mrtr).
#pragma once

#include "transport/mcp/front/caller_places.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/request_state.hpp"
#include "vmcp/base/fair_share.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/service/running_call.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace transport {

// Ends a call that is or was parked, because its client will not go on with it. Its backend hears what a person would have
// told it who looked away.
void give_up(const vmcp::running_call& call, std::string_view why);

// Thread-safe.
class parked_calls {
public:
    // Of all calls that wait, of those of one authenticated caller, and of those of one address. What they hold is counted by
    // the calls themselves.
    static constexpr std::size_t most = 10'000;
    static constexpr std::size_t most_of_caller = 1'000;
    static constexpr std::size_t most_of_address = vmcp::usual_share(most);

    explicit parked_calls(parked_counters& counters) : counters_(counters) {}

    // Keeps a call until its retry comes, or `until`, when it ends; gives the requestState that leads to it. Fails with
    // too_many_requests at a bound.
    [[nodiscard]] vmcp::result<std::string> park(std::shared_ptr<vmcp::running_call> call,
                                                 std::string_view binding, const counted_caller& whose,
                                                 vmcp::steady_clock::time_point until);

    // Whether a retry goes on with this call; may give it the answers that it waits for.
    using acceptance = std::function<vmcp::result<void>(const vmcp::running_call&)>;
    // The call that a requestState leads to, once. Fails with invalid_params: the state is not of this gateway or was
    // changed, has expired or was used before, or belongs to another caller or another request; and as `accept` does: then the
    // call goes on waiting, and the state is still good.
    [[nodiscard]] vmcp::result<std::shared_ptr<vmcp::running_call>> take(std::string_view state,
                                                                         std::string_view binding,
                                                                         vmcp::steady_clock::time_point now,
                                                                         const acceptance& accept);

    // Ends all of them; used at shutdown.
    void clear();

private:
    struct entry {
        std::shared_ptr<vmcp::running_call> call{};
        std::shared_ptr<const void> place{};
        std::shared_ptr<vmcp::promised<bool>> taken = std::make_shared<vmcp::promised<bool>>();
    };
    void watch(const entry& parked, std::uint64_t number, vmcp::steady_clock::time_point until);
    [[nodiscard]] std::shared_ptr<vmcp::running_call> find(std::uint64_t number) const;
    [[nodiscard]] std::shared_ptr<vmcp::running_call> remove(std::uint64_t number);

    parked_counters& counters_;
    caller_places places_{};
    const state_seal seal_{};
    mutable std::mutex mutex_{};
    std::map<std::uint64_t, entry> by_number_{};
    std::uint64_t next_ = 1;
};

} // namespace transport
