// Rows of keys_test.cpp for sessionStorage.
#pragma once

#include "token_key_cases.hpp"

namespace vmcp {
namespace {

constexpr std::string_view storage_of_all =
    "sessionStorage: {provider: redis, address: 'r:6380', db: 3, keyPrefix: 'a:b:', username: u, password: "
    "pass-word, tls: true, caBundlePath: /ca.pem, timeout: 250ms}";
constexpr std::string_view storage_by_sentinels = "sessionStorage: {provider: redis, sentinel: {addresses: "
                                                  "['a:26379'], master: m, password: of-sentinels}}";

const key_case storage_cases[] = {
    {"sessionStorage.provider", storage_of_all, [](const config& c) { return c.session_storage.shared(); }},
    {"sessionStorage.address", storage_of_all,
     [](const config& c) { return c.session_storage.address == "r:6380"; }},
    {"sessionStorage.db", storage_of_all, [](const config& c) { return c.session_storage.database == 3; }},
    {"sessionStorage.keyPrefix", storage_of_all,
     [](const config& c) { return c.session_storage.key_prefix == "a:b:"; }},
    {"sessionStorage.username", storage_of_all,
     [](const config& c) { return c.session_storage.username == "u"; }},
    {"sessionStorage.password", storage_of_all,
     [](const config& c) { return c.session_storage.password == "pass-word"; }},
    {"sessionStorage.tls", storage_of_all, [](const config& c) { return c.session_storage.tls; }},
    {"sessionStorage.caBundlePath", storage_of_all,
     [](const config& c) { return c.session_storage.ca_bundle_path == "/ca.pem"; }},
    {"sessionStorage.timeout", storage_of_all,
     [](const config& c) { return c.session_storage.timeout == std::chrono::milliseconds(250); }},
    {"sessionStorage.sentinel.addresses", storage_by_sentinels,
     [](const config& c) { return c.session_storage.sentinels == std::vector<std::string>{"a:26379"}; }},
    {"sessionStorage.sentinel.master", storage_by_sentinels,
     [](const config& c) { return c.session_storage.sentinel_master == "m"; }},
    {"sessionStorage.sentinel.password", storage_by_sentinels,
     [](const config& c) { return c.session_storage.sentinel_password == "of-sentinels"; }},
};

} // namespace
} // namespace vmcp
