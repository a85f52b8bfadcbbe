#include "vmcp/supervision/list_reader.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;

list_reader::list_reader(const control_thread& home, std::shared_ptr<supervised_backend> backend,
                         milliseconds patience)
    : home_(home)
    , backend_(std::move(backend))
    , patience_(patience)
    , timer_(home.executor) {
}

std::shared_ptr<cancellation> list_reader::start(kind what) {
    auto control = std::make_shared<cancellation>(home_.executor);
    home_.spawn(attempt(shared_from_this(), what, control), "reading a backend's lists");
    return control;
}

awaitable<void> list_reader::attempt(std::shared_ptr<list_reader> self, kind what,
                                     std::shared_ptr<cancellation> control) {
    const bool patient = what == kind::patient;
    auto read = co_await self->backend_->read_lists(
        patient ? self->patience_ : std::min(self->patience_, quick_patience), control);
    const bool failed = std::holds_alternative<list_refusal>(read);
    if (self->outcome_ || control->cancelled() || (failed && !patient))
        co_return;
    self->outcome_ = std::move(read);
    self->timer_.cancel();
}

awaitable<list_outcome> list_reader::run(bool urgent) {
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
        outcome_ = list_refusal{.why = fail(errc::cancelled)};
    timer_.cancel();
}

} // namespace vmcp
