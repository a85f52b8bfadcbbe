// Finding where tokens for a backend are issued, without I/O: the backend's 401 points to its metadata (RFC 9728), that
// names an authorization server, and the metadata of that (RFC 8414, OpenID Connect Discovery) its token endpoint.
#pragma once

#include "auth/fetch.hpp"
#include "auth/flaw.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct found_endpoint {
    std::string issuer{};
    std::string token_url{};
    std::string resource{}; // what the backend calls itself; empty: it has no metadata
    bool secret_in_body =
        false; // the server takes no HTTP Basic, but a secret in the form (RFC 6749 section 2.3.1)
    friend bool operator==(const found_endpoint&, const found_endpoint&) = default;
};

// Where an authorization server's metadata may be, in the order of MCP ("Authorization Server Metadata Discovery").
// `issuer` must have passed check_issuer().
[[nodiscard]] std::vector<std::string> server_metadata_urls(std::string_view issuer);

// Whether a backend at `url` may call itself `resource`: that very URL, or what stands above it on the same origin. Any
// other value is a resource that somebody else's tokens are for (RFC 9728 section 3.3).
[[nodiscard]] bool is_resource_of(std::string_view resource, std::string_view url);

// One search. Not thread-safe. How to drive it: start(), then do what each step says, and pass on what came.
class endpoint_search {
public:
    // `backend` is its URL. `issuer`: the only one that may be asked; empty: the one that the backend names first.
    endpoint_search(std::string backend, std::string issuer)
        : backend_(std::move(backend))
        , issuer_(std::move(issuer)) {}

    struct step {
        enum class kind : std::uint8_t {
            ask_backend, // POST something without a credential to `url`; then fetched()
            fetch_near,  // GET `url`, which is of the backend's own origin; then fetched()
            fetch_far, // GET `url`, which a peer has chosen: mind where it leads (ssrf_guard.hpp); then fetched()
            done,      // found() holds it
            failed, // `problem` says why
        };
        kind what = kind::failed;
        std::string url{};
        std::string problem{};
        friend bool operator==(const step&, const step&) = default;
    };
    [[nodiscard]] step start();
    [[nodiscard]] step fetched(const fetch_result& from);

    [[nodiscard]] const found_endpoint& found() const noexcept { return found_; }

private:
    enum class asked : std::uint8_t { nothing, backend, resource, server };

    step challenged(const fetch_result& from);
    step next_resource(const fetch_result& from);
    step described(std::string_view document);
    step begin_server(std::string issuer);
    step next_server(const fetch_result& from);
    parsed<void> read_server(std::string_view document);
    step ask(asked document, std::string url);
    static step failed(std::string problem) { return {.problem = std::move(problem)}; }

    const std::string backend_;
    const std::string issuer_;
    asked last_ = asked::nothing;
    std::vector<std::string> urls_{}; // to be tried
    std::size_t at_ = 0;
    bool pointed_ = false; // the backend said itself where its metadata is
    std::string problems_{};
    found_endpoint found_{};
};

} // namespace auth
