// What stands between a token and a call, step by step, in words for the operator: what `vmcp doctor` prints.
#pragma once

#include "vmcp/door/fetcher.hpp"
#include "vmcp/door/oidc_rules.hpp"
#include "vmcp/model/awaitable.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

struct finding {
    enum class kind : std::uint8_t { fine, note, wrong };
    kind what = kind::note;
    std::string step{}; // one word: "discovery"
    std::string text{}; // holds neither the token nor a secret
    friend bool operator==(const finding&, const finding&) = default;
};

struct diagnosis {
    std::vector<finding> findings{};
    bool let_in = false; // without a token: one could be let in
};

// Asks the issuer once, as the gateway would, and judges `token` by the same rules; absent: only what any token needs. On
// a worker; the arguments outlive the coroutine.
[[nodiscard]] awaitable<diagnosis> diagnose(const oidc_rules& rules, fetcher& from,
                                            const std::optional<std::string>& token);

} // namespace vmcp
