// How tokens for a backend are obtained (outgoingAuth), as plain values.
#pragma once

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

struct token_strategy {
    token_client endpoint{}; // xaa: the identity provider's
    token_client target{};   // xaa only: that of the backend's authorization server
    std::string audience{};
    std::string resource{};
    std::vector<std::string> scopes{};
    std::string
        subject_token_type{}; // "access_token", "id_token", "jwt", or a URN; empty: the strategy's usual one
    friend bool operator==(const token_strategy&, const token_strategy&) = default;
};

} // namespace vmcp
