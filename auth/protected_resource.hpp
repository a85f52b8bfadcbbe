// The metadata by which clients find out who issues tokens for this gateway (RFC 9728): the document, where
// it is found, and how requests for it are answered.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/flaw.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

struct resource_settings {
    std::string resource{}; // the identifier, which is the URL that clients call: https://host/mcp
    std::vector<std::string> authorization_servers{}; // issuers; at least one
    std::vector<std::string> scopes{};
    std::string name{};          // empty: none
    std::string documentation{}; // URL for developers; empty: none
    bool dpop = false;
    algorithm_set dpop_algorithms = default_algorithms;
    bool certificate_bound_tokens = false;
};

struct metadata_answer {
    std::uint16_t status = 404;
    std::vector<std::pair<std::string_view, std::string_view>> fields{}; // they live for ever
    std::string_view body{}; // lives as long as the protected_resource; not to be sent after HEAD
    friend bool operator==(const metadata_answer&, const metadata_answer&) = default;
};

// Immutable; may be shared by threads.
class protected_resource {
public:
    // A flaw when the identifier is no http or https URL without fragment, or there is no authorization
    // server.
    [[nodiscard]] static parsed<protected_resource> make(const resource_settings& settings);

    // Answers a request for `target` (path and query), whatever its credentials; nothing when the target does
    // not start with /.well-known/. Only the identifier's own paths are known: a client that asks under
    // another one would be given a document whose `resource` is not what it asked for (section 3.3).
    [[nodiscard]] std::optional<metadata_answer> answer(std::string_view method,
                                                        std::string_view target) const;

    // The URL for the `resource_metadata` of challenges (section 5.1).
    [[nodiscard]] const std::string& metadata_url() const noexcept { return metadata_url_; }
    [[nodiscard]] const std::string& document() const noexcept { return document_; }
    // Section 3.1: the well-known path inserted before the identifier's own, and the bare one, where clients
    // look next.
    [[nodiscard]] std::span<const std::string> paths() const noexcept { return paths_; }

private:
    protected_resource() = default;

    std::string metadata_url_{};
    std::string document_{};
    std::vector<std::string> paths_{};
};

} // namespace auth
