#include "vmcp/audit/config_secrets.hpp"

#include "vmcp/base/secret_forms.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace vmcp {

std::vector<std::string> config_secrets(const config& settings) {
    auto secrets = secrets_of(settings);
    for (const auto& backend : settings.backends) {
        secrets.push_back(backend.auth.tokens.endpoint.key);
        secrets.push_back(backend.auth.tokens.target.key);
    }
    secrets.push_back(settings.listener.tls.key);
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
