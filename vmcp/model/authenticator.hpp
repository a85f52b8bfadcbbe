// Decides who sends a request, before anything else of it is read.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vmcp {

// The request as an authenticator sees it. Views live until authenticate() has returned its value.
struct credentials_view {
    std::string_view method{}; // of HTTP
    std::string_view path{};
    std::string_view query{};
    bool early = false; // the body was not read yet: who is let in now is asked about again
    // Calls `visit` with the value of each field line of that name, in order; names in any case.
    std::function<void(std::string_view name, const std::function<void(std::string_view)>& visit)>
        each_field{};
    std::function<std::string()>
        peer{}; // the address at the other end of the connection; may be empty: nobody knows
    // The certificate that the client has shown in TLS and that the listener has verified, in DER; empty text, or an empty
    // function: it has shown none.
    std::function<std::string()> client_certificate{};
};

// Why a request is not let in, and what the answer must say about it: WWW-Authenticate (RFC 9110 11.6.1), Retry-After.
struct challenge {
    failure why{};
    std::vector<std::pair<std::string, std::string>> fields{};
};

// Thread-safe; called on the worker of the request's connection.
class authenticator {
public:
    virtual ~authenticator() = default;
    virtual awaitable<std::variant<std::shared_ptr<const caller>, challenge>>
    authenticate(const credentials_view& from) = 0;
};

} // namespace vmcp
