// What TLS with the API server goes by: who vouches for it, and the certificate that we show.
#pragma once

#include "transport/kube/cluster_access.hpp"
#include "vmcp/base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace kube {

// Fails with errc::config and says which part cannot be used.
[[nodiscard]] vmcp::result<std::shared_ptr<boost::asio::ssl::context>>
client_context(const cluster_access& access);

} // namespace kube
