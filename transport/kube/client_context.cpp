#include "transport/kube/client_context.hpp"

#include "transport/net/target.hpp"

#include <boost/asio/buffer.hpp>

#include <fmt/format.h>

#include <openssl/ssl.h>

namespace kube {

namespace ssl = boost::asio::ssl;

vmcp::result<std::shared_ptr<ssl::context>> client_context(const cluster_access& access) {
    auto made = transport::client_tls(access.ca);
    if (!made)
        return vmcp::fail(vmcp::errc::config,
                          fmt::format("the cluster's API server: {}", made.error().detail));
    if (access.client_certificate.empty() && access.client_key.empty())
        return made;
    const auto bad = [](std::string_view part, std::string_view why) {
        return vmcp::fail(vmcp::errc::config, fmt::format("{} for the cluster's API server: {}", part, why));
    };
    auto& context = **made;
    boost::system::error_code ec;
    context.use_certificate_chain(boost::asio::buffer(access.client_certificate), ec);
    if (ec)
        return bad("the client certificate", ec.message());
    context.use_private_key(boost::asio::buffer(access.client_key), ssl::context::pem, ec);
    if (ec)
        return bad("the client key", ec.message());
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return bad("the client key", "it does not belong to the client certificate");
    return made;
}

} // namespace kube
