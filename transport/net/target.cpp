#include "transport/net/target.hpp"

#include <fmt/format.h>

namespace transport {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

void harden(ssl::context& context) {
    context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                        ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

} // namespace

vmcp::result<std::shared_ptr<ssl::context>> client_tls(const std::string& ca_pem) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    harden(*context);
    error_code ec;
    if (ca_pem.empty())
        context->set_default_verify_paths(ec);
    else
        context->add_certificate_authority(boost::asio::buffer(ca_pem), ec);
    if (ec)
        return vmcp::fail(vmcp::errc::config, fmt::format("CA bundle: {}", ec.message()));
    return context;
}

vmcp::result<std::shared_ptr<ssl::context>> server_tls(const std::string& certificate_path,
                                                       const std::string& key_path) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    harden(*context);
    error_code ec;
    context->use_certificate_chain_file(certificate_path, ec);
    if (ec)
        return vmcp::fail(vmcp::errc::config,
                          fmt::format("certificate {}: {}", certificate_path, ec.message()));
    context->use_private_key_file(key_path, ssl::context::pem, ec);
    if (ec)
        return vmcp::fail(vmcp::errc::config, fmt::format("private key {}: {}", key_path, ec.message()));
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        return vmcp::fail(vmcp::errc::config, fmt::format("private key {} does not belong to certificate {}",
                                                          key_path, certificate_path));
    return context;
}

} // namespace transport
