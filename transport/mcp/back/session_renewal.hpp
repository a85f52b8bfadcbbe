// A session that its backend forgot, while somebody waits for what the backend says outside of calls: no call need come to have
// it established again.
#pragma once

#include "transport/mcp/back/established.hpp"
#include "vmcp/model/awaitable.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace transport {

struct session_core;

// Part of a session. On workers.
class session_renewal {
public:
    explicit session_renewal(session_core& session) : session_(session) {}

    // The session may be lost, or somebody needs one that was: where both is so, it is established in the background, with
    // `headers` (those of the session before), soon, and then ever more slowly until it succeeds. Returns at once.
    void look(const header_list& headers = {});

    // The stream of `in` is open again, and what the backend said in between was heard by nobody.
    void after_gap(const established& in);

    static constexpr std::chrono::milliseconds first_pause{100};
    static constexpr std::chrono::milliseconds longest_pause{30'000};

private:
    [[nodiscard]] bool due() const;
    vmcp::awaitable<void> run(std::shared_ptr<session_core> whole, header_list headers);
    vmcp::awaitable<void> attempt(const header_list& headers);

    session_core& session_;
    std::atomic<bool> running_{false};
};

} // namespace transport
