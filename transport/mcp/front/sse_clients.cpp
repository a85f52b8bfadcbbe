#include "transport/mcp/front/sse_clients.hpp"

#include "vmcp/session/session_table.hpp"

#include <utility>

namespace transport {

// The transport has no resumption: nothing is kept for a client that comes back.
sse_client::sse_client(vmcp::identity caller, vmcp::memory_ledger* memory)
    : who_(std::move(caller))
    , stream_(
          std::make_shared<client_stream>(0, event_log::limits{0, 0}, memory, client_stream::purpose::call)) {
}

std::string sse_client::session_id() const {
    const std::lock_guard lock(mutex_);
    return session_id_;
}

bool sse_client::begin_opening() {
    const std::lock_guard lock(mutex_);
    return session_id_.empty() && !std::exchange(opening_, true);
}

bool sse_client::opened(std::string session_id) {
    const std::lock_guard lock(mutex_);
    opening_ = false;
    if (left_)
        return false;
    session_id_ = std::move(session_id);
    return true;
}

void sse_client::not_opened() {
    const std::lock_guard lock(mutex_);
    opening_ = false;
}

std::string sse_client::leave() {
    stream_->finish();
    const std::lock_guard lock(mutex_);
    left_ = true;
    return std::exchange(session_id_, {});
}

void sse_client::finish_when_idle() {
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        if (working_ != 0)
            return;
    }
    stream_->finish();
}

void sse_client::begin() {
    const std::lock_guard lock(mutex_);
    ++working_;
}

void sse_client::end() {
    {
        const std::lock_guard lock(mutex_);
        if (--working_ != 0 || !finishing_)
            return;
    }
    stream_->finish();
}

std::string sse_clients::add(std::shared_ptr<sse_client> client) {
    auto id = vmcp::random_session_id();
    const std::lock_guard lock(mutex_);
    clients_.emplace(id, std::move(client));
    return id;
}

void sse_clients::remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    clients_.erase(id);
}

std::shared_ptr<sse_client> sse_clients::find(std::string_view id, const vmcp::identity& who) const {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(std::string(id));
    return found != clients_.end() && found->second->who() == who ? found->second : nullptr;
}

} // namespace transport
