#include "transport/net/target.hpp"

#include <fmt/format.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <cstdlib>
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
    // OpenSSL would ask on the terminal, and the thread that reads a renewed key would wait there.
    SSL_CTX_set_default_passwd_cb(context.native_handle(), [](char*, int, int, void*) { return -1; });
}

constexpr std::string_view needs_phrase =
    "it is protected by a pass phrase, for which vmcp asks nobody; give it without one";

// RFC 7468 (11), and the older form of RFC 1421 (4.6.1.1).
bool is_encrypted(std::string_view pem) {
    return pem.find("-----BEGIN ENCRYPTED ") != std::string_view::npos ||
           pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos ||
           pem.find("\nDEK-Info:") != std::string_view::npos;
}

// OpenSSL would wait for somebody to write to it.
bool is_pipe(const char* path) {
    struct stat at{};
    return ::stat(path, &at) == 0 && S_ISFIFO(at.st_mode);
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
    if (is_encrypted(ca_pem))
        return vmcp::fail(vmcp::errc::config, fmt::format("CA bundle: {}", needs_phrase));
    const char* const system = ca_pem.empty() ? ::secure_getenv(X509_get_default_cert_file_env()) : nullptr;
    if (system != nullptr && is_pipe(system))
        return vmcp::fail(vmcp::errc::config,
                          fmt::format("{} names {}, which is a pipe and not a regular file",
                                      X509_get_default_cert_file_env(), system));
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

vmcp::result<std::shared_ptr<ssl::context>> server_tls(const pem_text& certificate, const pem_text& key,
                                                       const client_certificates& of_clients) {
    const auto bad = [](std::string_view part, const pem_text& in, std::string_view why) {
        return vmcp::fail(vmcp::errc::config, fmt::format("{} {}: {}", part, in.file, why));
    };
    if (is_encrypted(key.text))
        return bad("private key", key, needs_phrase);
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    harden(*context);
    error_code ec;
    context->use_certificate_chain(boost::asio::buffer(certificate.text), ec);
    if (ec)
        return bad("certificate", certificate, ec.message());
    context->use_private_key(boost::asio::buffer(key.text), ssl::context::pem, ec);
    const auto code = static_cast<unsigned long>(ec.value());
    const bool of_another =
        ec && ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
    if (ec && !of_another)
        return bad("private key", key, ec.message());
    if (of_another || SSL_CTX_check_private_key(context->native_handle()) != 1)
        return vmcp::fail(vmcp::errc::config, fmt::format("private key {} does not belong to certificate {}",
                                                          key.file, certificate.file));
    if (!of_clients.ca_pem.empty())
        if (const auto problem = ask_for_certificates(*context, of_clients))
            return vmcp::fail(vmcp::errc::config,
                              fmt::format("listener.tls.clientCaPath: {}", problem.message()));
    return context;
}

} // namespace transport
