// How much forged tokens may cost, of the processor and of the issuer: whoever sends them is soon told to wait, and nobody's
// calls are.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/expiring_lru.hpp"
#include "auth/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace auth {

using check_cost = std::chrono::microseconds;

// About how long it takes to find out that a signature is wrong, on a small machine.
[[nodiscard]] check_cost cost_of(algorithm which) noexcept;
// The same for a key id that the issuer has to be asked about.
inline constexpr check_cost unknown_key_cost{50};
// The same for a token that the issuer has to be asked about: 20 made-up ones a second of one address.
inline constexpr check_cost question_cost{250};

struct budget_limits {
    check_cost worker_each_second{10'000}; // a hundredth of one thread's time
    check_cost worker_at_once{20'000};
    check_cost peer_each_second{5'000};
    check_cost peer_at_once{10'000};
    std::size_t peers = 1024; // that are told apart on each worker; the one longest unseen is forgotten
};

// Whether a token may be checked now. Not granted: `wait` says after which time it is worth to come again.
struct check_leave {
    enum class kind : std::uint8_t { granted, peer_spent, worker_spent };
    kind how = kind::granted;
    std::chrono::seconds wait{};
};

// Only tokens that turn out to be bad are charged, and while the issuer is asked, what it is asked about. Each worker has a budget of its own, and of it no address can spend more
// than half. Thread-safe.
class verification_budget {
public:
    explicit verification_budget(budget_limits limits = {});

    // `peer` is an address as text; `worker` the index of the thread.
    [[nodiscard]] check_leave ask(std::string_view peer, unsigned worker, steady_time now);
    void charge(std::string_view peer, unsigned worker, check_cost cost, steady_time now);
    // It was charged, and turned out to be good.
    void refund(std::string_view peer, unsigned worker, check_cost cost, steady_time now) {
        charge(peer, worker, -cost, now);
    }

private:
    // Fills up again with time; may be overdrawn by one check, and is never fuller than at first.
    struct bucket {
        std::chrono::nanoseconds left{};
        steady_time seen{};
    };
    struct slice {
        explicit slice(const budget_limits& limits) : own{limits.worker_at_once, {}}, peers(limits.peers) {}
        std::mutex lock{};
        bucket own;
        expiring_lru<std::string, bucket> peers;
    };
    static constexpr std::size_t slices = 64;

    static void refill(bucket& bucket, check_cost each_second, check_cost at_once, steady_time now);
    slice& slice_of(unsigned worker) { return *slices_[worker % slices]; }

    const budget_limits limits_;
    std::array<std::unique_ptr<slice>, slices> slices_{};
};

// What stands for whoever has this address: the address, or the first half of one of IPv6, of which everybody has as many as
// they like.
[[nodiscard]] std::string budget_key(std::string_view address);

} // namespace auth
