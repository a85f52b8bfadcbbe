// The backend_gate as the HTTP back sees it.
#pragma once

#include "transport/mcp/back/backend_guard.hpp"
#include "vmcp/supervision/backend_gate.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

class http_guard final : public transport::backend_guard {
public:
    // `credentials_configured`, `secrets`: as credential_facts.
    http_guard(std::shared_ptr<backend_gate> gate, bool credentials_configured,
               std::vector<std::string> secrets)
        : gate_(std::move(gate))
        , credentials_configured_(credentials_configured)
        , secrets_(std::move(secrets)) {}

    result<permit> admit() override;
    void ended(const permit& call, const failure* why) override;
    void lists_changed() override { gate_->lists_changed(); }
    void reinitialized() override { gate_->reinitialized(); }

private:
    const std::shared_ptr<backend_gate> gate_;
    const bool credentials_configured_;
    const std::vector<std::string> secrets_;
};

} // namespace vmcp
