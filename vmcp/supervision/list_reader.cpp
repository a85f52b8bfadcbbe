#include "vmcp/supervision/list_reader.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;

list_reader::list_reader(transport::worker& home, std::shared_ptr<transport::http_backend> of,
                         milliseconds patience)
    : home_(home)
    , of_(std::move(of))
    , patience_(patience)
    , timer_(home.context()) {
}

std::shared_ptr<cancellation> list_reader::start(kind what) {
    auto control = std::make_shared<cancellation>(home_.context().get_executor());
    home_.spawn(attempt(shared_from_this(), what, control), "reading a backend's lists");
    return control;
}

asio::awaitable<void> list_reader::attempt(std::shared_ptr<list_reader> self, kind what,
                                           std::shared_ptr<cancellation> control) {
    const bool patient = what == kind::patient;
    transport::call_facts met;
    auto read = co_await self->of_->fetch_lists(
        {.page_timeout = patient ? self->patience_ : std::min(self->patience_, quick_patience),
         .control = control.get(),
         .met = &met});
    if (self->outcome_ || control->cancelled() || (!read && !patient))
        co_return;
    self->outcome_ = std::move(read);
    self->met_ = std::move(met);
    self->timer_.cancel();
}

asio::awaitable<result<transport::list_reading>> list_reader::run(bool urgent) {
    const auto self = shared_from_this();
    const auto patient = start(kind::patient);
    std::shared_ptr<cancellation> quick;
    while (!outcome_) {
        timer_.expires_at(urgent ? std::chrono::steady_clock::now() + quick_patience
                                 : std::chrono::steady_clock::time_point::max());
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (outcome_ || !urgent)
            continue;
        if (quick)
            quick->cancel({});
        quick = start(kind::quick);
    }
    patient->cancel({});
    if (quick)
        quick->cancel({});
    co_return *outcome_;
}

void list_reader::give_up() {
    if (!outcome_)
        outcome_ = fail(errc::cancelled);
    timer_.cancel();
}

} // namespace vmcp
