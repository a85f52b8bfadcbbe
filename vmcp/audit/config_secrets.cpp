#include "vmcp/audit/config_secrets.hpp"

#include "vmcp/base/secret_forms.hpp"

#include <algorithm>
#include <set>

namespace vmcp {
namespace {

void add(std::set<std::string>& to, const std::string& secret) {
    if (!secret.empty())
        to.insert(secret);
}

void add(std::set<std::string>& to, const token_client& of) {
    add(to, of.secret);
    add(to, of.key);
}

} // namespace

std::vector<std::string> config_secrets(const config& of) {
    std::set<std::string> secrets;
    for (const auto& backend : of.backends) {
        for (const auto& [name, value] : backend.headers)
            add(secrets, value);
        add(secrets, backend.auth.header_value);
        add(secrets, backend.auth.tokens.endpoint);
        add(secrets, backend.auth.tokens.target);
    }
    add(secrets, of.incoming.oidc.client_secret);
    add(secrets, of.admin.token);
    add(secrets, of.listener.tls.key);
    std::set<std::string> forms;
    for (const auto& one : secrets)
        for (auto& form : secret_forms(one))
            forms.insert(std::move(form));
    std::vector<std::string> out(forms.begin(), forms.end());
    std::ranges::sort(out, [](const std::string& a, const std::string& b) {
        return a.size() > b.size() || (a.size() == b.size() && a < b);
    });
    return out;
}

} // namespace vmcp
