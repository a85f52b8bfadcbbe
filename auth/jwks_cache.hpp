// The keys of one issuer as a machine that asks for I/O instead of doing it: when the key set is read, who
// waits for it, and what is said in the meantime.
#pragma once

#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"
#include "auth/fetch.hpp"
#include "auth/jwk_set.hpp"
#include "auth/rejection.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth {

// What the header of a token says about its key.
struct key_query {
    algorithm alg = algorithm::rs256;
    std::optional<std::string> key_id{};
    friend bool operator==(const key_query&, const key_query&) = default;
};

// One content of the key set. A verdict reached with one generation says nothing under another.
struct issuer_key_set {
    std::uint64_t generation = 0; // from 1 upwards
    jwk_set set{};
};

struct key_answer {
    enum class kind : std::uint8_t {
        found,       // `key`, which lives as long as `keys` is held
        wait,        // the answer comes with this ticket, at `until` at the latest
        unknown,     // the issuer has no such key, or several that could be meant
        unavailable, // the issuer cannot be asked right now; it may be worth asking again after `retry_after`
    };
    kind how = kind::unavailable;
    std::shared_ptr<const issuer_key_set> keys{};
    const jwk* key = nullptr;
    std::uint64_t ticket = 0;
    steady_time until{};
    milliseconds retry_after{};
};

// For answers that are neither `found` nor `wait`.
[[nodiscard]] rejection rejection_of(const key_answer& answer, const key_query& query);

struct jwks_settings {
    double refresh_share = 0.8;  // of the freshness: then the set is read again in the background
    double jitter = 0;           // 0 to 1: takes up to a tenth of the freshness off, so that replicas spread
    seconds stale_limit{86'400}; // how long a set is used after it was last read
    seconds miss_spacing{30};    // least time between two readings because of a key id that is not there
    seconds unknown_for{60};     // how long a key id that was not there after reading is called unknown
    std::size_t max_unknown = 1024;
    milliseconds max_wait{3'000};
    std::size_t max_waiters = 256;
    unsigned patience = 3; // failures in a row after which callers no longer wait for a first key set
};

struct jwks_step {
    bool fetch = false;   // get the key set now, then call loaded() or failed(), once
    bool changed = false; // keys() is another generation, or none any more
    std::vector<std::pair<std::uint64_t, key_answer>> answers{}; // by ticket; each ticket is answered once
};

// How to drive it: start() once, ask() for each token that needs a key, tick() at wake(), and what
// `jwks_step` says after each of them. Every function takes the time. Not thread-safe: keep it on one thread,
// or hold one lock around each call; what keys() gives may be used by all threads.
//
// Its rules: one reading at a time. A set is read again in the background when most of its freshness has
// passed. An unknown key id makes it read again at once, for all who wait together, but not more often than
// miss_spacing. Who comes while a reading is under way gets a verdict that a key is unknown only from the next one: what is
// being read may be older than the token. In between, callers are told that the issuer cannot be asked, because a key that was just
// rotated in is more likely than a forgery (the token's other claims were judged before). When reading fails,
// the last set is used up to stale_limit, and reading is tried again by retry_pause().
class jwks_cache {
public:
    explicit jwks_cache(jwks_settings settings = {}) : settings_(settings), unknown_(settings.max_unknown) {}

    // Reads the set ahead of the first token.
    void start(steady_time now, jwks_step& out);

    [[nodiscard]] key_answer ask(const key_query& query, steady_time now, jwks_step& out);

    // The document of the key set came. Parsing and checking it takes up to half a second when it is a large
    // new one. A flaw says why it is of no use; it then counts as failed().
    parsed<void> loaded(std::string_view document, std::string_view cache_control, steady_time now,
                        jwks_step& out);

    // It could not be had.
    void failed(steady_time now, jwks_step& out);

    void tick(steady_time now, jwks_step& out);

    // The caller with this ticket no longer waits.
    void forget(std::uint64_t ticket);

    // When tick() has something to do at the earliest; nothing while it only waits for what it asked for.
    [[nodiscard]] std::optional<steady_time> wake() const;

    // The set in force, or nullptr.
    [[nodiscard]] const std::shared_ptr<const issuer_key_set>& keys() const noexcept { return keys_; }
    [[nodiscard]] steady_time loaded_at() const noexcept { return loaded_at_; } // of that set
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }      // in a row
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

private:
    struct waiter {
        std::uint64_t ticket = 0;
        key_query query{};
        steady_time until{};
        bool late = false; // came after the reading that is under way was begun
    };

    key_answer miss(const key_query& query, steady_time now, jwks_step& out);
    key_answer first(const key_query& query, steady_time now, jwks_step& out);
    key_answer look_up(const key_query& query) const;
    key_answer enqueue(const key_query& query, bool late, steady_time now);
    [[nodiscard]] steady_time next_miss(steady_time now) const;
    void answer(const std::vector<waiter>& asked, steady_time now, jwks_step& out);
    void begin(jwks_step& out);
    void answer_all_unavailable(steady_time now, jwks_step& out);
    void drop_overaged(steady_time now, jwks_step& out);
    [[nodiscard]] steady_time due() const;

    jwks_settings settings_;
    std::shared_ptr<const issuer_key_set> keys_{};
    sha256_digest document_{}; // of keys_
    std::uint64_t generation_ = 0;
    steady_time loaded_at_{};
    steady_time refresh_at_{};
    bool wanted_ = false;
    bool fetching_ = false;
    unsigned failures_ = 0;
    steady_time next_try_{};
    std::optional<steady_time> missed_at_{};
    expiring_lru<std::string, bool> unknown_;
    std::vector<waiter> waiters_{};
    std::uint64_t last_ticket_ = 0;
};

} // namespace auth
