// One reading of a backend's lists. A list request that hangs must not keep the gateway from seeing that the
// backend answers by now.
#pragma once

#include "transport/mcp/back/http_backend.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/model/cancellation.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace vmcp {

// On one worker. Make one for each reading.
class list_reader : public std::enable_shared_from_this<list_reader> {
public:
    using milliseconds = std::chrono::milliseconds;

    // `patience`: how long the answer to one page may take.
    list_reader(transport::worker& home, std::shared_ptr<transport::http_backend> of, milliseconds patience);

    // Once. `urgent`: nothing of the backend is shown yet, so that beside the patient attempt others go out, one after
    // the other, each of which gives up when a page takes longer than `quick_patience`. The first that succeeds
    // counts, or the failure of the patient one.
    boost::asio::awaitable<result<transport::list_reading>> run(bool urgent);

    // run() ends at once, with errc::cancelled.
    void give_up();

    // What the patient attempt met, when run() gave its failure.
    [[nodiscard]] const transport::call_facts& met() const noexcept { return met_; }

    static constexpr milliseconds quick_patience{800};

private:
    enum class kind : std::uint8_t { patient, quick };
    std::shared_ptr<cancellation> start(kind what);
    static boost::asio::awaitable<void> attempt(std::shared_ptr<list_reader> self, kind what,
                                                std::shared_ptr<cancellation> control);

    transport::worker& home_;
    std::shared_ptr<transport::http_backend> of_;
    milliseconds patience_;
    boost::asio::steady_timer timer_;
    std::optional<result<transport::list_reading>> outcome_{};
    transport::call_facts met_{};
};

} // namespace vmcp
