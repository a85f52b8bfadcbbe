// How tokens for a backend are obtained (outgoingAuth), as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

// A token endpoint, and who the gateway is there.
struct token_client {
    std::string url{};
    std::string id{};
    std::string secret{};   // a secret: never logged, never shown
    std::string key_path{}; // PEM private key; empty: none
    std::string key{};      // content of the file when the configuration was read; a secret
    std::string key_id{};
    friend bool operator==(const token_client&, const token_client&) = default;
};

// Which role of AWS a caller gets whose claim holds a value.
struct role_mapping {
    std::string claim{};                     // a value of the claim `role_claim`
    std::string role{};                      // its ARN
    std::optional<std::uint32_t> priority{}; // the lowest number wins; those without one come last, in order
    friend bool operator==(const role_mapping&, const role_mapping&) = default;
};

// What aws_sts says (AssumeRoleWithWebIdentity, then Signature Version 4).
struct aws_strategy {
    std::string region{};
    std::string service{"aws-mcp"};
    std::string sts_url{};       // empty: the region's
    std::string fallback_role{}; // ARN; empty: who has no mapping gets nothing
    std::vector<role_mapping> mappings{};
    std::string role_claim{"groups"};
    std::string session_name_claim{"sub"};
    std::uint32_t session_seconds = 3600;
    std::string own_token_path{}; // a file with a token of the gateway's own; read when it is needed
    std::string own_role{};       // ARN; empty: fallback_role
    friend bool operator==(const aws_strategy&, const aws_strategy&) = default;
};

struct token_strategy {
    token_client endpoint{}; // xaa: the identity provider's
    token_client target{};   // xaa only: that of the backend's authorization server
    std::string audience{};
    std::string resource{};
    std::vector<std::string> scopes{};
    std::string subject_token_type{}; // "access_token" (also where it is empty), "id_token", "jwt", or a URN
    // Where a token URL is not given: the authorization server that it is asked for. Empty: any that the backend names.
    std::string issuer{};
    bool allow_private_ip = false; // of URLs that were found, not given
    std::string ca_bundle_path{};  // PEM, for every URL above; empty: the system's
    std::string ca_bundle{};       // content of the file when the configuration was read
    aws_strategy aws{};            // aws_sts only
    friend bool operator==(const token_strategy&, const token_strategy&) = default;
};

} // namespace vmcp
