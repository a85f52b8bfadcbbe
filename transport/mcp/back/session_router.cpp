#include "transport/mcp/back/session_router.hpp"

#include <boost/asio/post.hpp>

namespace transport {

void session_router::add(mailbox& box) {
    const std::lock_guard lock(mutex_);
    running_.insert(box);
}

void session_router::remove(mailbox& box) {
    const std::lock_guard lock(mutex_);
    running_.erase(running_.iterator_to(box));
}

std::optional<std::string> session_router::take(mailbox& from) {
    const std::lock_guard lock(mutex_);
    if (from.waiting.empty())
        return std::nullopt;
    std::optional<std::string> out(std::move(from.waiting.front()));
    from.waiting.pop_front();
    from.bytes -= out->size();
    from.held.shrink_to(from.bytes);
    return out;
}

bool session_router::hand_over(std::uint64_t id, std::string message, bool is_response) {
    const std::lock_guard lock(mutex_);
    const auto to = running_.find(id);
    return to != running_.end() && push(*to, std::move(message), is_response);
}

session_router::handed session_router::hand_to_the_asker(std::string message) {
    const std::lock_guard lock(mutex_);
    mailbox* first = nullptr;
    for (auto& one : running_) {
        if (one.asker == nullptr)
            continue;
        if (first != nullptr && one.asker != first->asker)
            return handed::several;
        first = first != nullptr ? first : &one;
    }
    if (first == nullptr)
        return handed::nobody;
    return push(*first, std::move(message), false) ? handed::taken : handed::full;
}

// Under the lock.
bool session_router::push(mailbox& to, std::string message, bool is_response) {
    if (is_response && std::exchange(to.responded, true))
        return false;
    if (!is_response && !to.waiting.empty() &&
        (to.waiting.size() >= most_waiting || to.bytes + message.size() > most_waiting_bytes))
        return false;
    if (is_response)
        to.held.cover_anyway(to.bytes + message.size());
    else if (!to.held.try_cover(to.bytes + message.size()))
        return false;
    to.bytes += message.size();
    to.waiting.push_back(std::move(message));
    if (to.waiting.size() == 1)
        post_wake(to);
    return true;
}

bool session_router::is_running(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return running_.find(id) != running_.end();
}

std::size_t session_router::running() {
    const std::lock_guard lock(mutex_);
    return running_.size();
}

bool session_router::wake(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(id);
    if (found != running_.end())
        post_wake(*found);
    return found != running_.end();
}

void session_router::wake_all() {
    const std::lock_guard lock(mutex_);
    for (const auto& one : running_)
        post_wake(one);
}

// Under the lock.
void session_router::post_wake(const mailbox& to) {
    boost::asio::post(to.home,
                      [this, whole = whole_.shared_from_this(), id = to.id] { call(id, &mailbox::wake); });
}

void session_router::question_over(std::uint64_t id) {
    call(id, &mailbox::question_over);
}

// On the executor of the request, which therefore cannot end in between.
void session_router::call(std::uint64_t id, std::function<void()> mailbox::* which) {
    mailbox* to = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = running_.find(id); found != running_.end())
            to = &*found;
    }
    if (to != nullptr)
        (to->*which)();
}

// ---- questions

void session_router::add_question(std::string raw_id, const std::shared_ptr<vmcp::pending_ask>& asked) {
    const std::lock_guard lock(mutex_);
    questions_[std::move(raw_id)] = asked;
}

void session_router::remove_question(const std::string& raw_id) {
    const std::lock_guard lock(mutex_);
    questions_.erase(raw_id);
}

void session_router::withdraw_question(std::string_view raw_id, std::string_view reason) {
    std::shared_ptr<vmcp::pending_ask> asked;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = questions_.find(raw_id); it != questions_.end())
            asked = it->second.lock();
    }
    if (asked)
        asked->cancel(reason);
}

} // namespace transport
