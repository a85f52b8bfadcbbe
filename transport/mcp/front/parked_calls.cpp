#include "transport/mcp/front/parked_calls.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::steady_clock;

namespace {

std::int64_t milliseconds(steady_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

constexpr std::string_view too_late = "the client did not answer in time";

} // namespace

void give_up(const vmcp::running_call& call, std::string_view why) {
    for (const auto& asked : call.questions())
        asked->expire();
    call.of()->cancel(vmcp::quoted(why));
}

vmcp::result<std::string> parked_calls::park(std::shared_ptr<vmcp::running_call> call,
                                             std::string_view binding, const counted_caller& whose,
                                             steady_clock::time_point until) {
    entry parked{.call = std::move(call),
                 .place = places_.take(whose.key, whose.authenticated ? most_of_caller : most_of_address)};
    std::uint64_t number = 0;
    if (parked.place) {
        const std::lock_guard lock(mutex_);
        if (by_number_.size() < most) {
            number = next_++;
            by_number_.emplace(number, parked);
            counters_.waiting = by_number_.size();
        }
    }
    if (number == 0) {
        ++counters_.refused;
        return fail(errc::too_many_requests, parked.place
                                                 ? "as many calls wait for answers of their clients"
                                                 : "as many calls of this client wait for its answers");
    }
    parked.place = nullptr; // the table has it
    watch(parked, number, until);
    return seal_.seal({.number = number, .expires = milliseconds(until), .binding = std::string(binding)});
}

void parked_calls::watch(const entry& parked, std::uint64_t number, steady_clock::time_point until) {
    const auto ex = parked.call->of()->executor();
    boost::asio::co_spawn(
        ex,
        [](parked_calls& self, std::shared_ptr<vmcp::promised<bool>> taken, std::uint64_t which,
           steady_clock::time_point end, vmcp::any_io_executor on) -> vmcp::awaitable<void> {
            if (co_await taken->get(on, end))
                co_return; // taken, or cleared: `self` may be gone
            if (const auto left = self.remove(which)) {
                ++self.counters_.expired;
                give_up(*left, too_late);
            }
        }(*this, parked.taken, number, until, ex),
        boost::asio::detached);
}

std::shared_ptr<vmcp::running_call> parked_calls::remove(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = by_number_.find(number);
    if (found == by_number_.end())
        return nullptr;
    auto out = std::move(found->second);
    by_number_.erase(found);
    counters_.waiting = by_number_.size();
    out.taken->set(true);
    return std::move(out.call);
}

std::shared_ptr<vmcp::running_call> parked_calls::find(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_number_.find(number);
    return found == by_number_.end() ? nullptr : found->second.call;
}

vmcp::result<std::shared_ptr<vmcp::running_call>> parked_calls::take(std::string_view state,
                                                                     std::string_view binding,
                                                                     steady_clock::time_point now,
                                                                     const acceptance& accept) {
    const auto place = seal_.open(state);
    if (!place)
        return fail(errc::invalid_params, "requestState was not given out by this server, or was changed");
    if (place->binding != binding)
        return fail(errc::invalid_params, "requestState belongs to another caller or to another request");
    if (place->expires < milliseconds(now))
        return fail(errc::invalid_params, "requestState has expired");
    auto call = find(place->number);
    if (call) {
        if (auto accepted = accept(*call); !accepted)
            return accepted.error();
        call = remove(place->number); // null: another retry came in the same moment
    }
    if (!call)
        return fail(errc::invalid_params, "requestState was used before, or the call has ended");
    return call;
}

void parked_calls::clear() {
    std::map<std::uint64_t, entry> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(by_number_);
        counters_.waiting = 0;
    }
    for (auto& [number, parked] : all) {
        parked.taken->set(true);
        give_up(*parked.call, too_late);
    }
}

} // namespace transport
