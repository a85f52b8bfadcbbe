#include "transport/net/target.hpp"

#include <fmt/format.h>

#include <string_view>

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

error_code ask_for_certificates(ssl::context& context, const client_certificates& of_clients) {
    error_code ec;
    context.add_certificate_authority(boost::asio::buffer(of_clients.ca_pem), ec);
    if (!ec)
        context.set_verify_mode(
            ssl::verify_peer | (of_clients.required ? ssl::verify_fail_if_no_peer_cert : 0), ec);
    // Resumed sessions keep what was verified (RFC 8446 section 2.2); OpenSSL wants to know of which server they are.
    constexpr std::string_view name = "vmcp";
    SSL_CTX_set_session_id_context(context.native_handle(),
                                   reinterpret_cast<const unsigned char*>(name.data()), name.size());
    return ec;
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
                                                       const std::string& key_path,
                                                       const client_certificates& of_clients) {
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
    if (!of_clients.ca_pem.empty())
        if (const auto problem = ask_for_certificates(*context, of_clients))
            return vmcp::fail(vmcp::errc::config,
                              fmt::format("listener.tls.clientCaPath: {}", problem.message()));
    return context;
}

} // namespace transport
