#include "vmcp/model/cancellation.hpp"

#include <boost/asio/post.hpp>

#include <cassert>
#include <utility>

namespace vmcp {

void cancellation::cancel(std::string reason) {
    boost::asio::post(executor_, [self = shared_from_this(), reason = std::move(reason)]() mutable {
        if (self->cancelled_)
            return;
        self->cancelled_ = true;
        self->reason_ = std::move(reason);
        for (auto* scope = self->innermost_; scope != nullptr; scope = scope->outer())
            scope->wake();
    });
}

cancellation::scope::scope(cancellation* cancellation, std::function<void()> wake)
    : of_(cancellation)
    , wake_(std::move(wake)) {
    if (of_ == nullptr)
        return;
    outer_ = std::exchange(of_->innermost_, this);
    if (of_->cancelled_)
        wake_();
}

cancellation::scope::~scope() {
    if (of_ == nullptr)
        return;
    assert(of_->innermost_ == this);
    of_->innermost_ = outer_;
}

} // namespace vmcp
