// Where and how to connect to one backend: everything that makes two connections interchangeable.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/base/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace transport {

struct target {
    vmcp::url url{};
    std::shared_ptr<boost::asio::ssl::context> tls{}; // null for http://
    // Asked for each address of the host before it is dialled, on the thread of the connecting worker. Empty: all are
    // fine.
    std::function<bool(const boost::asio::ip::address&)> may_dial{};
};

// A client TLS context: TLS 1.2 or later, peers verified against `ca_pem` (PEM text) or, when that is empty,
// the system's CAs. What is encrypted is refused: nobody is there to be asked for a pass phrase.
[[nodiscard]] vmcp::result<std::shared_ptr<boost::asio::ssl::context>> client_tls(const std::string& ca_pem);

// PEM text, and the name of the file it is of, for messages.
struct pem_text {
    std::string_view text{};
    std::string_view file{};
};

// Whether clients are asked for a certificate, and whose are taken.
struct client_certificates {
    std::string ca_pem{}; // empty: none is asked for
    bool required = true; // a client without one is refused in the handshake
};

// A server TLS context: TLS 1.2 or later, modern ciphers. `certificate` may be a chain. A key that is protected by a pass
// phrase is refused, as above.
[[nodiscard]] vmcp::result<std::shared_ptr<boost::asio::ssl::context>>
server_tls(const pem_text& certificate, const pem_text& key, const client_certificates& of_clients = {});

} // namespace transport
