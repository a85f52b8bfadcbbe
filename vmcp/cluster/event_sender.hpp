// Sends Events one after the other, in the order of what they tell: the shell around event_book.
#pragma once

#include "transport/kube/kube_client.hpp"
#include "vmcp/cluster/event_book.hpp"
#include "vmcp/cluster/status_outage.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/supervision/control_thread.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

// On the control thread. Nothing waits for it, and what cannot be sent is dropped: the status says how things are.
class event_sender : public std::enable_shared_from_this<event_sender> {
public:
    static constexpr std::size_t most_waiting = 32;

    event_sender(control_thread home, std::shared_ptr<kube::kube_client> client, event_book book);

    void tell(const std::vector<status_change>& changes, const stored_server& about);
    void stop();

private:
    struct letter {
        event_request request{};
        std::string folder{};
    };
    awaitable<void> run();
    awaitable<void> send(letter one);

    const control_thread home_;
    const std::shared_ptr<kube::kube_client> client_;
    event_book book_;
    std::shared_ptr<cancellation> control_;
    std::deque<letter> waiting_{};
    status_outage outage_{"events of the gateway"};
    std::optional<health::steady_time> silent_until_{}; // they are forbidden to this service account
    bool busy_ = false;
    bool stopped_ = false;
};

} // namespace vmcp
