// sessionStorage: addresses, the password of the environment, and keys without effect.
#include "vmcp/base/url.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {
namespace {

key_path section() {
    return key_path{} / "sessionStorage";
}

std::optional<std::string> problem_of_address(std::string_view text) {
    const auto parsed = parse_url("http://" + std::string(text));
    if (text.find_first_of("/?#@ ") != std::string_view::npos || !parsed)
        return "must be HOST:PORT";
    // parse_url() fills in a port of its own.
    if (text.find_last_of(':') == std::string_view::npos || text.ends_with(']'))
        return "must be HOST:PORT; the port of Redis is usually 6379, that of a sentinel 26379";
    return std::nullopt;
}

void check_address(settling& at, const key_path& path, const std::string& text) {
    if (const auto problem = problem_of_address(text))
        at.complain(path, *problem);
}

void settle_sentinels(settling& at, const session_storage_config& storage) {
    const auto path = section() / "sentinel";
    if (!at.has(path))
        return;
    if (storage.sentinels.empty())
        at.complain(path / "addresses", "required: HOST:PORT of at least one sentinel");
    if (storage.sentinel_master.empty())
        at.complain(path / "master", "required: the name that sentinels know the master by");
    for (const auto& one : storage.sentinels)
        check_address(at, path / "addresses", one);
    if (at.has(section() / "address"))
        at.complain(section() / "address", "has no effect with sentinel, which says where the master is");
}

void settle_bundle(settling& at, session_storage_config& storage) {
    if (storage.ca_bundle_path.empty())
        return;
    if (!storage.tls)
        return at.complain(section() / "caBundlePath", "has no effect without 'tls: true'");
    storage.ca_bundle_path = resolve_path(at.document.file, storage.ca_bundle_path);
    auto pem = read_pem(at, storage.ca_bundle_path, "CERTIFICATE");
    if (!pem.problem.empty())
        at.complain(section() / "caBundlePath", std::move(pem.problem), true);
    storage.ca_bundle = std::move(pem.content);
}

} // namespace

void settle_storage(settling& at) {
    auto& storage = at.draft.out.session_storage;
    if (!storage.shared()) {
        for (const std::string_view key : {"address", "db", "keyPrefix", "username", "password", "timeout",
                                           "tls", "caBundlePath", "sentinel"})
            if (at.has(section() / key))
                at.warn(section() / key, "has no effect without 'provider: redis'");
        return;
    }
    settle_sentinels(at, storage);
    if (!at.has(section() / "sentinel")) {
        if (storage.address.empty())
            at.complain(section() / "address", "required by provider redis: HOST:PORT");
        else
            check_address(at, section() / "address", storage.address);
    }
    if (!storage.key_prefix.ends_with(':'))
        at.complain(section() / "keyPrefix", "must end with ':'");
    if (storage.password.empty())
        storage.password = at.sources.environment("THV_SESSION_REDIS_PASSWORD").value_or("");
    if (!storage.username.empty() && storage.password.empty())
        at.complain(section() / "username",
                    "needs a password: give it in sessionStorage.password or THV_SESSION_REDIS_PASSWORD");
    settle_bundle(at, storage);
}

} // namespace vmcp
