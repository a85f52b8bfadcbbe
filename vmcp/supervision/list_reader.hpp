// One reading of a backend's lists. A list request that hangs must not keep the gateway from seeing that the
// backend answers by now.
#pragma once

#include "vmcp/model/cancellation.hpp"
#include "vmcp/supervision/control_thread.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace vmcp {

// On the control thread. Make one for each reading.
class list_reader : public std::enable_shared_from_this<list_reader> {
public:
    // `patience`: how long the answer to one page may take.
    list_reader(const control_thread& home, std::shared_ptr<supervised_backend> backend,
                milliseconds patience);

    // Once. `urgent`: nothing of the backend is shown yet, so that beside the patient attempt others go out, one after
    // the other, each of which gives up when a page takes longer than `quick_patience`. The first that succeeds
    // counts, or the failure of the patient one.
    awaitable<list_outcome> run(bool urgent);

    // run() ends at once, with errc::cancelled.
    void give_up();

    static constexpr milliseconds quick_patience{800};

private:
    enum class kind : std::uint8_t { patient, quick };
    std::shared_ptr<cancellation> start(kind what);
    static awaitable<void> attempt(std::shared_ptr<list_reader> self, kind what,
                                   std::shared_ptr<cancellation> control);

    const control_thread& home_;
    std::shared_ptr<supervised_backend> backend_;
    milliseconds patience_;
    boost::asio::steady_timer timer_;
    std::optional<list_outcome> outcome_{};
};

} // namespace vmcp
