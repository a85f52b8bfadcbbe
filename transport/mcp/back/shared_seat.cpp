#include "transport/mcp/back/shared_seat.hpp"

#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace transport {

namespace {

std::string about(const std::string& uri) {
    return fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri));
}

// The backend is to hear of what any of the clients wants to be told.
void tell_level(http_session& session, vmcp::log_level wanted) {
    if (wanted != vmcp::log_level::unset && wanted != session.log_level())
        session.set_log_level(wanted);
}

} // namespace

std::shared_ptr<http_session> shared_seat::session() const {
    const std::lock_guard lock(mutex_);
    return session_;
}

void shared_seat::move_to(const std::shared_ptr<http_session>& session) {
    std::shared_ptr<http_session> former;
    bool listens = false;
    {
        const std::lock_guard lock(mutex_);
        if (session_ == session || closed_)
            return;
        former = std::exchange(session_, session);
        listens = listens_;
    }
    const auto client = client_.lock();
    if (!client)
        return;
    session->audience().join(client);
    if (const auto level = client->level(); level != vmcp::log_level::unset)
        set_log_level(level);
    if (listens)
        session->listen();
    if (!former)
        return;
    for (const auto& uri : former->audience().uris_of(who_)) {
        session->audience().subscribe(who_, uri);
        session->remember_subscription(uri, true);
        session->subscribe_again(uri);
    }
    leave(*former);
}

void shared_seat::leave(http_session& session) const {
    for (const auto& uri : session.audience().leave(who_)) {
        session.remember_subscription(uri, false);
        session.tell("resources/unsubscribe", about(uri), "uri " + uri);
    }
    tell_level(session, session.audience().level());
    session.stop_listening();
}

void shared_seat::roots_changed(std::string notification) {
    if (const auto in = session())
        in->roots_changed(std::move(notification));
}

void shared_seat::set_log_level(vmcp::log_level level) {
    if (const auto in = session())
        tell_level(*in, in->audience().set_level(who_, level));
}

void shared_seat::listen() {
    {
        const std::lock_guard lock(mutex_);
        listens_ = true;
    }
    if (const auto in = session())
        in->listen();
}

void shared_seat::stop_listening() {
    const auto client = client_.lock();
    const auto stream = client ? client->stream() : nullptr;
    {
        const std::lock_guard lock(mutex_);
        listens_ = stream && stream->listening();
    }
    if (const auto in = session())
        in->stop_listening();
}

void shared_seat::remember_subscription(const std::string& uri, bool subscribed) {
    const auto in = session();
    if (!in)
        return;
    if (subscribed) {
        in->audience().subscribe(who_, uri);
        in->remember_subscription(uri, true);
        return;
    }
    switch (in->audience().unsubscribe(who_, uri)) {
    case shared_audience::remaining::unchanged:
        break;
    case shared_audience::remaining::nobody:
        in->remember_subscription(uri, false);
        break;
    case shared_audience::remaining::others:
        // They subscribed while the backend was told that nobody wants it any more.
        in->subscribe_again(uri);
        break;
    }
}

void shared_seat::close() {
    std::shared_ptr<http_session> in;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        in.swap(session_);
    }
    if (in)
        leave(*in);
}

} // namespace transport
