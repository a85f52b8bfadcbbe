// The rows of sessionStorage.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

template <auto Member>
constexpr store_fn into_storage = into<&config::session_storage, Member>;

void add_redis_rows(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "sessionStorage.address",
         .spec = text(rules::line),
         .doc = "HOST:PORT of Redis (6.2 or newer), which may also be one of its kin, such as Valkey.",
         .store = into_storage<&session_storage_config::address>});
    rows.push_back({.path = "sessionStorage.db",
                    .spec = integer(0, 1'000'000),
                    .fallback = "0",
                    .doc = "The number of the database.",
                    .store = into_storage<&session_storage_config::database>});
    rows.push_back({.path = "sessionStorage.keyPrefix",
                    .spec = text(rules::line),
                    .fallback = "thv:vmcp:session:",
                    .doc =
                        "What the names of all keys and channels begin with; it ends with `:`. Gateways with "
                        "the same one share their sessions.",
                    .store = into_storage<&session_storage_config::key_prefix>});
    rows.push_back({.path = "sessionStorage.username",
                    .spec = text(rules::line),
                    .doc = "A user of Redis' access control lists. Without it: the default user.",
                    .store = into_storage<&session_storage_config::username>});
    rows.push_back({.path = "sessionStorage.password",
                    .spec = secret(rules::line),
                    .doc = "Its password. Without it: that of the environment variable "
                           "`THV_SESSION_REDIS_PASSWORD`, where that is set.",
                    .store = into_storage<&session_storage_config::password>});
    rows.push_back({.path = "sessionStorage.timeout",
                    .spec = duration(10, minute),
                    .fallback = "1s",
                    .doc = "How long a command may take, and each step to a connection.",
                    .store = into_storage<&session_storage_config::timeout>});
}

void add_way_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "sessionStorage.tls",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Whether Redis, and its sentinels, are spoken to over TLS.",
                    .store = into_storage<&session_storage_config::tls>});
    rows.push_back({.path = "sessionStorage.caBundlePath",
                    .spec = text(rules::path),
                    .doc =
                        "A PEM file of the authorities that sign its certificate. Without it: those of the "
                        "system.",
                    .store = into_storage<&session_storage_config::ca_bundle_path>});
    rows.push_back({.path = "sessionStorage.sentinel",
                    .spec = section(),
                    .doc = "Where the master is found, in place of `address`."});
    rows.push_back({.path = "sessionStorage.sentinel.addresses",
                    .spec = list_of(text(rules::line)),
                    .doc = "HOST:PORT of each sentinel; they are asked in this order.",
                    .store = into_storage<&session_storage_config::sentinels>});
    rows.push_back({.path = "sessionStorage.sentinel.master",
                    .spec = text(rules::line),
                    .doc = "The name that sentinels know the master by.",
                    .store = into_storage<&session_storage_config::sentinel_master>});
    rows.push_back({.path = "sessionStorage.sentinel.password",
                    .spec = secret(rules::line),
                    .doc = "The password of the sentinels themselves.",
                    .store = into_storage<&session_storage_config::sentinel_password>});
}

} // namespace

void add_storage_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "sessionStorage",
                    .spec = section(),
                    .doc = "Where client sessions are kept. A reload does not change it."});
    rows.push_back({.path = "sessionStorage.provider",
                    .spec = choice({"memory", "redis"}),
                    .fallback = "memory",
                    .doc =
                        "`memory`: in this process. `redis`: in a Redis that several gateways share, any of "
                        "which then serves any session.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.session_storage.provider =
                            value.text == "redis" ? session_provider::redis : session_provider::memory;
                    }});
    add_redis_rows(rows);
    add_way_rows(rows);
}

} // namespace vmcp::schema
