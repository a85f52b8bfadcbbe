#include "transport/mcp/back/credential_in.hpp"

#include "transport/mcp/back/awaited.hpp"
#include "transport/net/worker.hpp"

#include <utility>

namespace transport {
namespace {

using fetched = vmcp::result<std::shared_ptr<const vmcp::credential>>;

vmcp::awaitable<void> fetch(std::shared_ptr<vmcp::credential_source> from,
                            std::shared_ptr<const vmcp::caller> who, std::shared_ptr<awaited<fetched>> to) {
    try {
        to->set(co_await from->credential_for(who.get()));
    } catch (...) {
        to->set(vmcp::fail(vmcp::errc::internal));
        throw;
    }
}

} // namespace

vmcp::awaitable<fetched> credential_in(std::shared_ptr<vmcp::credential_source> from,
                                       std::shared_ptr<const vmcp::caller> who,
                                       vmcp::steady_clock::time_point until, vmcp::cancellation* control) {
    if (auto at_hand = from->at_hand(who.get()))
        co_return at_hand;
    const auto coming = std::make_shared<awaited<fetched>>();
    worker::current().spawn(fetch(std::move(from), std::move(who), coming), "a credential for a backend");
    auto came = co_await coming->get(until, control);
    if (came)
        co_return *std::move(came);
    if (control != nullptr && control->cancelled())
        co_return vmcp::fail(vmcp::errc::cancelled);
    co_return vmcp::fail(vmcp::errc::backend_timeout, "its credential did not come in time");
}

} // namespace transport
