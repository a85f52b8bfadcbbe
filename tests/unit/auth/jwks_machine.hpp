// A key set cache with a shell that is a script: what it would be doing, and what it was told.
#pragma once

#include "auth/jwks_cache.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace auth {

inline const steady_time t0{std::chrono::hours{1000}};

// A key set with Ed25519 keys of these ids.
inline std::string document(const std::vector<std::string>& ids) {
    auto keys = nlohmann::json::array();
    for (const auto& id : ids)
        keys.push_back(signing_key::own("EdDSA").jwk({{"kid", id}}));
    return nlohmann::json{{"keys", keys}}.dump();
}

inline key_query query(std::string id) {
    return {algorithm::eddsa, std::move(id)};
}

class jwks_machine {
public:
    jwks_cache cache;
    bool fetching = false; // what the shell would be doing
    std::vector<std::pair<std::uint64_t, key_answer>> answered{};
    unsigned changes = 0;

    explicit jwks_machine(jwks_settings settings = {}) : cache(settings) {}

    void take(const jwks_step& step) {
        EXPECT_FALSE(fetching && step.fetch) << "two readings at a time";
        fetching = fetching || step.fetch;
        answered = step.answers;
        changes += step.changed ? 1 : 0;
    }

    key_answer ask(const std::string& id, steady_time now) { return ask(query(id), now); }

    key_answer ask(const key_query& query, steady_time now) {
        jwks_step step;
        auto out = cache.ask(query, now, step);
        take(step);
        return out;
    }

    void start(steady_time now) {
        jwks_step step;
        cache.start(now, step);
        take(step);
    }

    void tick(steady_time now) {
        jwks_step step;
        cache.tick(now, step);
        take(step);
    }

    bool load(const std::vector<std::string>& ids, steady_time now, std::string_view cache_control = "") {
        return load_text(document(ids), now, cache_control);
    }

    bool load_text(std::string_view text, steady_time now, std::string_view cache_control = "") {
        EXPECT_TRUE(fetching);
        fetching = false;
        jwks_step step;
        const bool fine = cache.loaded(text, cache_control, now, step).has_value();
        take(step);
        return fine;
    }

    void fail(steady_time now) {
        EXPECT_TRUE(fetching);
        fetching = false;
        jwks_step step;
        cache.failed(now, step);
        take(step);
    }
};

inline jwks_machine loaded(const std::vector<std::string>& ids, jwks_settings settings = {}) {
    jwks_machine out(settings);
    out.start(t0);
    EXPECT_TRUE(out.load(ids, t0));
    return out;
}

} // namespace auth
