// Rows of keys_test.cpp for rateLimiting.
#pragma once

#include "token_key_cases.hpp"

namespace vmcp {
namespace {

constexpr std::string_view limits_of_all =
    "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: x}}\n"
    "rateLimiting: {shared: {maxTokens: 1, refillPeriod: 2s}, perUser: {maxTokens: 3, refillPeriod: 1m}, "
    "tools: "
    "[{name: t, shared: {maxTokens: 5, refillPeriod: 1h}, perUser: {maxTokens: 2147483647, refillPeriod: "
    "1ms}}]}";

const key_case rate_limit_cases[] = {
    {"rateLimiting.shared.maxTokens", limits_of_all,
     [](const config& c) { return c.rate_limits.shared.value().max_tokens == 1; }},
    {"rateLimiting.shared.refillPeriod", limits_of_all,
     [](const config& c) { return c.rate_limits.shared.value().refill_period == std::chrono::seconds(2); }},
    {"rateLimiting.perUser.maxTokens", limits_of_all,
     [](const config& c) { return c.rate_limits.per_user.value().max_tokens == 3; }},
    {"rateLimiting.perUser.refillPeriod", limits_of_all,
     [](const config& c) { return c.rate_limits.per_user.value().refill_period == std::chrono::minutes(1); }},
    {"rateLimiting.tools[].name", limits_of_all,
     [](const config& c) { return c.rate_limits.tools.at(0).name == "t"; }},
    {"rateLimiting.tools[].shared.maxTokens", limits_of_all,
     [](const config& c) { return c.rate_limits.tools.at(0).shared.value().max_tokens == 5; }},
    {"rateLimiting.tools[].shared.refillPeriod", limits_of_all,
     [](const config& c) {
         return c.rate_limits.tools.at(0).shared.value().refill_period == std::chrono::hours(1);
     }},
    {"rateLimiting.tools[].perUser.maxTokens", limits_of_all,
     [](const config& c) { return c.rate_limits.tools.at(0).per_user.value().max_tokens == 2'147'483'647; }},
    {"rateLimiting.tools[].perUser.refillPeriod", limits_of_all,
     [](const config& c) {
         return c.rate_limits.tools.at(0).per_user.value().refill_period == std::chrono::milliseconds(1);
     }},
};

} // namespace
} // namespace vmcp
