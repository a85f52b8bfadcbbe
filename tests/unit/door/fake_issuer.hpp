// An issuer of tokens that answers as a test says, and requests that carry its tokens.
#pragma once

#include "tests/fakes/one_worker.hpp"
#include "tests/unit/auth/signing.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/authenticator.hpp"
#include "vmcp/model/waiting.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vmcp::test {

using nlohmann::json;

inline const std::string issuer_url = "https://idp.example";
inline const std::string our_audience = "https://gw.example/mcp";

inline auth::fetch_result answer_of(std::string body, unsigned status = 200) {
    auth::fetch_result out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

inline auth::fetch_result no_answer() {
    auth::fetch_result out;
    out.error = "connection refused";
    return out;
}

// Thread-safe. A URL without an answer is 404.
class fake_fetcher final : public fetcher {
public:
    void set(const std::string& url, auth::fetch_result answer) {
        const std::lock_guard hold(mutex_);
        answers_[url] = std::move(answer);
    }
    void is_away() {
        const std::lock_guard hold(mutex_);
        for (auto& [url, answer] : answers_)
            answer = no_answer();
    }
    // Fetches wait from now on, until release().
    void hold() {
        const std::lock_guard hold(mutex_);
        held_ = std::make_shared<promised<bool>>();
    }
    void release() {
        std::shared_ptr<promised<bool>> held;
        {
            const std::lock_guard hold(mutex_);
            held.swap(held_);
        }
        held->set(true);
    }

    [[nodiscard]] std::size_t count(const std::string& url) const {
        const std::lock_guard hold(mutex_);
        const auto found = asked_.find(url);
        return found == asked_.end() ? 0 : found->second.size();
    }
    [[nodiscard]] document_request last(const std::string& url) const {
        const std::lock_guard hold(mutex_);
        return asked_.at(url).back();
    }

    awaitable<auth::fetch_result> fetch(document_request request) override {
        std::shared_ptr<promised<bool>> held;
        {
            const std::lock_guard hold(mutex_);
            asked_[request.url].push_back(request);
            held = held_;
        }
        if (held)
            (void)co_await held->get(transport::worker::current().executor(),
                                     steady_clock::now() + std::chrono::seconds(15));
        const std::lock_guard hold(mutex_);
        const auto found = answers_.find(request.url);
        co_return found == answers_.end() ? answer_of("", 404) : found->second;
    }

private:
    mutable std::mutex mutex_{};
    std::map<std::string, auth::fetch_result> answers_{};
    std::map<std::string, std::vector<document_request>> asked_{};
    std::shared_ptr<promised<bool>> held_{};
};

inline const std::string discovery_url = issuer_url + "/.well-known/openid-configuration";
inline const std::string keys_url = issuer_url + "/keys";
inline const std::string question_url = issuer_url + "/introspect";

inline void publish_keys(fake_fetcher& at, const std::vector<std::string>& ids) {
    auto keys = json::array();
    for (const auto& id : ids)
        keys.push_back(auth::signing_key::own("EdDSA").jwk({{"kid", id}}));
    at.set(keys_url, answer_of(json{{"keys", keys}}.dump()));
    at.set(discovery_url, answer_of(json{{"issuer", issuer_url}, {"jwks_uri", keys_url}}.dump()));
}

inline json good_claims() {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    return {{"iss", issuer_url}, {"aud", our_audience}, {"sub", "alice"}, {"exp", now + 600}, {"iat", now}};
}

inline std::string token_of(const json& claims, const std::string& key = "k1") {
    return auth::signing_key::own("EdDSA").token("EdDSA", json{{"alg", "EdDSA"}, {"kid", key}}.dump(),
                                                 claims.dump());
}

using door_answer = std::variant<std::shared_ptr<const caller>, challenge>;

// A request with these Authorization fields, judged on the worker's thread.
inline awaitable<door_answer> judged(authenticator& by, std::vector<std::string> fields, std::string query,
                                     std::vector<std::string> proofs = {}, bool early = false,
                                     std::string peer = "192.0.2.1") {
    const credentials_view view{.method = "POST",
                                .path = "/mcp",
                                .query = query,
                                .early = early,
                                .each_field =
                                    [&](std::string_view name, const auto& visit) {
                                        for (const auto& one : name == "DPoP" ? proofs : fields)
                                            if (name == "Authorization" || name == "DPoP")
                                                visit(one);
                                    },
                                .peer = [&] { return peer; }};
    co_return co_await by.authenticate(view);
}

inline door_answer ask(fakes::one_worker& on, authenticator& by, std::vector<std::string> fields,
                       std::string query = {}, std::string peer = "192.0.2.1") {
    return on.run(judged(by, std::move(fields), std::move(query), {}, false, std::move(peer)));
}

inline std::string subject_of(const door_answer& from) {
    const auto* who = std::get_if<std::shared_ptr<const caller>>(&from);
    return who == nullptr ? "refused" : (*who)->who.issuer + " " + (*who)->who.subject;
}

// "401 Unauthorized: ... | WWW-Authenticate: ...": all that the caller is told.
inline std::string refusal_of(const door_answer& from) {
    const auto* why = std::get_if<challenge>(&from);
    if (why == nullptr)
        return "let in";
    auto out = std::to_string(row_of(why->why.code).http_status) + " " + why->why.message();
    for (const auto& [name, value] : why->fields)
        out += " | " + name + ": " + value;
    return out;
}

} // namespace vmcp::test
