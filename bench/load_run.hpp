// One run of the load generator: opens connections and sessions, keeps the pace, measures and judges.
#pragma once

#include "bench/histogram.hpp"
#include "bench/load_connection.hpp"
#include "bench/load_options.hpp"
#include "bench/load_reply.hpp"
#include "bench/load_requests.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bench {

struct load_result {
    histogram latency; // ns, of right answers inside the measured time
    double seconds = 0;
    std::uint64_t replies = 0; // of the whole run, with handshakes and warm-up: what a proxy had to work for
    std::uint64_t bytes = 0;   // of measured bodies
    std::uint64_t unanswered = 0; // open loop: due, but neither answered nor failed when the run ended
    std::uint64_t sessions = 0;   // work sessions: opened
    std::size_t connections = 0;  // open at the end of the opening phase
    std::size_t tools = 0;        // work list: tools found in all pages
    std::size_t pages = 0;        // work list: requests for one whole list
    std::map<std::string, std::uint64_t> errors; // the warm-up's too
    std::string first_error;
};

// Closed loop: each connection sends its next request when the last is answered, and latency starts at the
// sending. Open loop: requests are due at a fixed rate whatever the server does; latency starts at the moment
// a request was due, so that a stall counts against every request that had to wait for it (no coordinated
// omission).
class load_run final : public connection_owner {
public:
    load_run(boost::asio::io_context& context, const load_options& options);

    // Runs the context to the end. Throws std::runtime_error when the server cannot be worked with at all.
    // Call once.
    [[nodiscard]] load_result run();

private:
    enum class phase { closed, connecting, initializing, acknowledging, learning, idle, working };

    struct slot {
        std::unique_ptr<load_connection> connection;
        phase now = phase::closed;
        std::string head;        // of requests inside the session; empty before the handshake
        std::uint64_t id = 0;    // of the last request
        std::size_t variant = 0; // of the last work request
        unsigned step = 0;       // of work sessions
        clock::time_point intended;
        clock::time_point retry = clock::time_point::max();
    };

    void connected(load_connection& from) override;
    void replied(load_connection& from, const load_reply& reply) override;
    void failed(load_connection& from, failure kind, const std::string& detail) override;

    // opening
    void open_more();
    void open(slot& s);
    void shake_hands(slot& s);
    void initialized(slot& s, const load_reply& reply);
    void ready(slot& s);
    void learn(slot& s);
    void learned(slot& s, const load_reply& reply);
    void begin();

    // working
    void becomes_idle(slot& s, clock::time_point now);
    void issue(slot& s, clock::time_point intended, clock::time_point now);
    void worked(slot& s, const load_reply& reply);
    void session_step(slot& s, const load_reply& reply);
    [[nodiscard]] bool is_right(slot& s, const load_reply& reply);
    void record(const slot& s, const load_reply& reply, clock::time_point now);
    [[nodiscard]] clock::time_point due_time(std::uint64_t index) const;
    [[nodiscard]] bool is_due(clock::time_point now) const;
    void pace();
    void check_more();

    // ending
    void tick();
    void stop_when_drained();
    void count_error(const std::string& kind, const std::string& detail);
    [[nodiscard]] bool open_loop() const { return options_.rate > 0; }
    [[nodiscard]] bool needs_handshake() const;
    [[nodiscard]] clock::time_point deadline() const;

    boost::asio::io_context& context_;
    load_options options_;
    request_writer writer_;
    std::vector<slot> slots_;
    boost::asio::steady_timer ticker_;
    boost::asio::steady_timer pacer_;
    boost::asio::steady_timer end_;
    load_result result_;

    std::size_t next_to_open_ = 0;
    std::size_t opening_ = 0;
    std::size_t ready_ = 0;
    std::size_t opening_failures_ = 0;
    bool knows_server_ = false; // slot 0 has learned what right answers look like
    bool begun_ = false;
    std::string shared_head_; // work connections: one session for all
    bool checking_ = false;   // work connections: the time of idleness is over
    std::size_t next_to_check_ = 0;
    std::vector<std::uint64_t> expected_size_;

    clock::time_point start_;
    clock::time_point measure_from_ = clock::time_point::max();
    clock::time_point measure_until_ = clock::time_point::max();
    std::uint64_t next_index_ = 0; // of the next request due in the open loop
    std::uint64_t last_index_ = 0;
    std::size_t next_variant_ = 0;
    std::size_t working_ = 0;
    std::uint64_t sessions_begun_ = 0;
    std::deque<std::size_t> idle_;
};

} // namespace bench
