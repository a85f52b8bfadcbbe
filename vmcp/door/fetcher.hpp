// Getting a document of an authorization server: the I/O behind the machines of auth/.
#pragma once

#include "auth/fetch.hpp"
#include "auth/introspection.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

struct document_request {
    std::string url{};
    std::optional<auth::introspection_request> post{};                   // absent: GET
    std::string_view content_type = "application/x-www-form-urlencoded"; // of `post`
    std::string_view accept = "application/json";
    std::vector<std::pair<std::string, std::string>> fields{}; // besides
};

// Thread-safe; fetch() is to be called on a worker, whose thread the work stays on. The fetcher outlives the
// coroutine.
class fetcher {
public:
    virtual ~fetcher() = default;
    virtual awaitable<auth::fetch_result> fetch(document_request request) = 0;
};

struct fetcher_settings {
    std::string ca_bundle{};    // PEM; empty: the system's
    bool allow_private = false; // addresses of the operator's own network, and this machine's
    std::string_view allowing_key =
        "jwksAllowPrivateIp";                // of the configuration, for the error; lives for ever
    std::chrono::milliseconds limit{10'000}; // for everything, from the name lookup to the last byte
};

// Each fetch is a new connection after a new name lookup; no redirect is followed, and no more than
// auth::max_document bytes are read. Fails with errc::config when the bundle is unusable.
[[nodiscard]] result<std::shared_ptr<fetcher>> make_fetcher(const fetcher_settings& settings);

} // namespace vmcp
