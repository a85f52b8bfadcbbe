#include "vmcp/door/door.hpp"

#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

namespace {

std::string claims_of(std::string_view subject, std::string_view name) {
    return fmt::format(R"({{"iss":"toolhive-local","aud":"toolhive","sub":{},"email":{},"name":{}}})",
                       quoted(subject), quoted(fmt::format("{}@localhost", subject)), quoted(name));
}

} // namespace

caller anonymous_caller() {
    caller out;
    out.claims = claims_of(out.who.subject, "Anonymous User");
    return out;
}

caller local_caller() {
    std::array<char, 4096> text{};
    passwd entry{};
    passwd* found = nullptr;
    const auto number = ::getuid();
    const bool known =
        ::getpwuid_r(number, &entry, text.data(), text.size(), &found) == 0 && found != nullptr;
    const std::string name = known ? entry.pw_name : std::to_string(number);
    return {.who = {.issuer = "local", .subject = name},
            .claims = claims_of(name, fmt::format("Local User: {}", name))};
}

result<std::shared_ptr<const door::arrangement>> door::prepare(const incoming_auth& settings,
                                                               transport::worker& control) {
    if (auto now = now_.load(); now && now->settings == settings)
        return now;
    auto out = std::make_shared<arrangement>();
    out->settings = settings;
    if (settings.type == incoming_auth::kind::oidc) {
        auto rules = make_oidc_rules(settings.oidc);
        if (!rules)
            return rules.error();
        // Replicas that start together do not ask together for ever.
        std::random_device dice;
        rules->issuer.cache.jitter = std::uniform_real_distribution<double>(0.0, 1.0)(dice);
        auto from = make_fetcher(rules->fetching);
        if (!from)
            return from.error();
        out->oidc =
            std::make_shared<oidc_authenticator>(std::move(*rules), std::move(*from), control, counters_);
    }
    return std::shared_ptr<const arrangement>(std::move(out));
}

void door::use(std::shared_ptr<const arrangement> next) {
    const auto before = now_.load();
    if (before == next)
        return;
    if (next->oidc)
        next->oidc->start();
    now_.store(std::move(next));
    if (before && before->oidc)
        before->oidc->stop();
}

void door::stop() {
    if (const auto now = now_.load(); now && now->oidc)
        now->oidc->stop();
}

awaitable<std::variant<std::shared_ptr<const caller>, challenge>>
door::authenticate(const credentials_view& from) {
    const auto now = now_.load();
    if (!now)
        co_return challenge{.why = fail(errc::identity_unknown), .fields = {{"Retry-After", "1"}}};
    if (!now->oidc)
        co_return now->settings.type == incoming_auth::kind::local ? owner_ : everybody_;
    co_return co_await now->oidc->authenticate(from);
}

std::shared_ptr<const auth::protected_resource> door::resource() const {
    const auto now = now_.load();
    return now && now->oidc ? now->oidc->resource() : nullptr;
}

key_figures door::keys() const {
    const auto now = now_.load();
    return now && now->oidc ? now->oidc->keys() : key_figures{};
}

boost::asio::awaitable<bool> answer_well_known(const door& door, transport::http_request& request) {
    const auto resource = door.resource();
    if (!resource)
        co_return false;
    const auto target =
        request.query.empty() ? std::string(request.path) : fmt::format("{}?{}", request.path, request.query);
    const auto answer = resource->answer(std::string_view(request.head.method_string()), target);
    if (!answer)
        co_return false;
    std::vector<transport::header_field> fields;
    for (const auto& [name, value] : answer->fields)
        fields.push_back({name, value});
    co_await request.connection.respond(answer->status, {}, gather(answer->body), fields);
    co_return true;
}

} // namespace vmcp
