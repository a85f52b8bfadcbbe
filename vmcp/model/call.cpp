#include "vmcp/model/call.hpp"

#include <boost/asio/post.hpp>

namespace vmcp {

void call_control::cancel(std::string reason) {
    boost::asio::post(executor_, [self = shared_from_this(), reason = std::move(reason)]() mutable {
        if (self->cancelled_)
            return;
        self->cancelled_ = true;
        self->reason_ = std::move(reason);
        if (const auto what = std::exchange(self->what_, nullptr))
            what();
    });
}

void call_control::on_cancel(std::function<void()> what) {
    if (cancelled_ && what)
        what();
    else
        what_ = std::move(what);
}

} // namespace vmcp
