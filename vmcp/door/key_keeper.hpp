// The keys of the issuer while the gateway runs: the shell around auth::issuer_keys.
#pragma once

#include "auth/issuer_keys.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/door/door_counters.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace vmcp {

// The machine lives on one worker, `home`: keys are fetched and parsed there, and whoever meets a key that is not known
// asks there. Everybody else reads what was published. Nobody waits for the issuer longer than auth::jwks_settings says.
class key_keeper : public std::enable_shared_from_this<key_keeper> {
public:
    key_keeper(transport::worker& home, std::shared_ptr<fetcher> from, auth::issuer_settings settings);

    // Begins to keep keys. From any thread, once; `home` need not run yet.
    void start();
    // Nothing is fetched any more, and who waits is told that keys are unavailable. From any thread.
    void stop();

    // The key set in force, or null. From any thread.
    [[nodiscard]] std::shared_ptr<const auth::issuer_key_set> keys() const { return published_.load(); }

    // For metrics. From any thread.
    [[nodiscard]] key_figures figures() const;

    // The key for a token: at once when it is published, else after the issuer was asked, if that is due. On any
    // worker. Never answers `wait`.
    [[nodiscard]] awaitable<auth::key_answer> ask(auth::key_query query);

private:
    using waiting = std::shared_ptr<promised<auth::key_answer>>;

    awaitable<void> run();
    awaitable<void> fetch(auth::key_fetch request);
    void ask_here(const auth::key_query& query, const waiting& who);
    void act(auth::key_step step);
    void tell(std::uint64_t ticket, auth::key_answer answer);
    void report(std::string problem);

    transport::worker& home_;
    const std::shared_ptr<fetcher> from_;
    const std::string issuer_;
    published<auth::issuer_key_set> published_{nullptr};
    std::atomic<steady_clock::rep> loaded_at_{0}; // published_
    std::atomic<unsigned> failures_{0};
    wait_list news_{}; // for run(): the machine may want to be woken at another time

    // On `home` only.
    auth::issuer_keys machine_;
    std::unordered_map<std::uint64_t, waiting> waiting_{};
    std::string problem_{}; // what was logged last; empty: all is well
    bool stopped_ = false;
};

} // namespace vmcp
