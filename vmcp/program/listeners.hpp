// Where the program is reached: the listener for clients and, where there is one, that for operators.
#pragma once

#include "transport/admin/router.hpp"
#include "transport/net/descriptor_reserve.hpp"
#include "transport/net/listener.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/assembly/composition.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/program/commands/serve.hpp"

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace vmcp {

// What each of the two serves.
struct listener_pages {
    transport::router& clients;
    transport::router& operators;
};

class listeners {
public:
    // `tls` is what connections of clients are served with, as it is when they come; open() sets the first.
    listeners(composition& parts, published<boost::asio::ssl::context>& tls) : parts_(parts), tls_(tls) {}

    // Binds; nothing is accepted yet. Once. What it is given outlives the connections.
    result<void> open(const config& settings, const serve_options& options,
                      const std::vector<transport::worker*>& workers, listener_pages pages);
    // The rest after open().
    void start();
    void stop();
    // Says where the program is reached, in the log and in the file for it.
    void announce(const config& settings, const serve_options& options) const;
    // Of the listener for clients.
    [[nodiscard]] std::uint16_t port() const { return clients_->port(); }
    [[nodiscard]] bool loopback() const { return clients_->is_loopback(); }
    // Also where there is no listener for operators.
    [[nodiscard]] bool operators_loopback() const { return !operators_ || operators_->is_loopback(); }
    // Takes back descriptors that were lent. On the control thread.
    void refill() { for_operators_.refill(); }

private:
    composition& parts_;
    published<boost::asio::ssl::context>& tls_;
    std::shared_ptr<transport::listener> clients_{};
    std::shared_ptr<transport::listener> operators_{}; // null: there is none
    // The listener for operators answers also while clients and backends hold all other descriptors.
    transport::descriptor_reserve for_operators_{16};
};

} // namespace vmcp
