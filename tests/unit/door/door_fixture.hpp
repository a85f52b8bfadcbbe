// An oidc_authenticator between an issuer that answers as a test says and workers whose requests it judges.
#pragma once

#include "fake_issuer.hpp"

#include "vmcp/door/oidc_authenticator.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace vmcp::test {

inline oidc_config oidc_settings() {
    oidc_config out;
    out.issuer = issuer_url;
    out.audience = our_audience;
    out.resource = our_audience;
    return out;
}

class at_the_door : public testing::Test {
protected:
    at_the_door() { publish_keys(*issuer, {"k1"}); }
    ~at_the_door() override {
        if (door)
            door->stop();
    }

    // In place of the one before it.
    void open(oidc_rules rules) {
        if (door)
            door->stop();
        door = std::make_shared<oidc_authenticator>(std::move(rules), issuer, control.get(), counters);
        door->start();
    }

    const std::shared_ptr<fake_fetcher> issuer = std::make_shared<fake_fetcher>();
    door_counters counters{};
    std::shared_ptr<oidc_authenticator> door{}; // outlives the threads
    fakes::one_worker control{9};
    fakes::one_worker caller{0};
    fakes::one_worker other{1};
};

} // namespace vmcp::test
