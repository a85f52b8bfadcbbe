// Everything about the keys of one issuer, from its name to the key of a token: discovery and the key set's
// cache as one machine that asks for I/O. Who does the I/O only has to fetch URLs and pass answers on.
#pragma once

#include "auth/discovery.hpp"
#include "auth/jwks_cache.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace auth {

struct issuer_settings {
    std::string issuer{};   // must have passed check_issuer()
    std::string jwks_uri{}; // read_endpoint() must accept it; empty: discovered
    bool allow_http = false;
    jwks_settings cache{};
};

struct key_fetch {
    std::uint64_t id = 0; // to be given back with the answer
    std::string url{};
    friend bool operator==(const key_fetch&, const key_fetch&) = default;
};

// What to do after a call.
struct key_step {
    std::optional<key_fetch> fetch{};                            // get this URL with GET, then call fetched()
    std::vector<std::pair<std::uint64_t, key_answer>> answers{}; // by ticket
    bool changed = false;  // keys() or metadata() is another: publish it
    std::string problem{}; // something went wrong, for the log; empty: nothing
};

// How to drive it: start() once, ask() for each token that needs a key, fetched() for each URL, tick() at
// wake(), and what `key_step` says after each of them. At most one URL is being fetched. Not thread-safe:
// keep it on one thread; what keys() gives may be used by all. A fetch that was never reported is given up
// after half a minute.
class issuer_keys {
public:
    explicit issuer_keys(issuer_settings settings);

    [[nodiscard]] key_step start(steady_time now);
    [[nodiscard]] std::pair<key_answer, key_step> ask(const key_query& query, steady_time now);
    // Reports of fetches that were given up are ignored.
    [[nodiscard]] key_step fetched(std::uint64_t id, const fetch_result& result, steady_time now);
    [[nodiscard]] key_step tick(steady_time now);
    void forget(std::uint64_t ticket) { cache_.forget(ticket); }
    [[nodiscard]] std::optional<steady_time> wake() const;

    [[nodiscard]] const std::shared_ptr<const issuer_key_set>& keys() const noexcept { return cache_.keys(); }
    [[nodiscard]] const jwks_cache& cache() const noexcept { return cache_; }
    // Nothing until it was discovered, and for an issuer with a configured key set.
    [[nodiscard]] const std::optional<provider_metadata>& metadata() const noexcept {
        return discovery_.metadata();
    }

private:
    enum class phase : std::uint8_t { idle, discovering, loading };

    void act(const jwks_step& from, steady_time now, key_step& out);
    void begin(steady_time now, key_step& out);
    void fetch(phase next, std::string url, steady_time now, key_step& out);
    void on_discovery(const discovery_step& found, steady_time now, key_step& out);
    void on_key_set(const fetch_result& result, steady_time now, key_step& out);
    void fail(std::string problem, steady_time now, key_step& out);
    [[nodiscard]] const std::string& key_set_url() const;

    issuer_settings settings_;
    discovery discovery_;
    jwks_cache cache_;
    phase phase_ = phase::idle;
    bool rediscovered_ = false; // within this reading: the key set's new place is not doubted again
    std::uint64_t last_id_ = 0;
    steady_time started_{};
};

} // namespace auth
