// A session that its backend forgot, while somebody waits for what the backend says outside of calls: no call need come to have
// it established again.
#pragma once

#include "transport/mcp/back/established.hpp"
#include "transport/mcp/back/renewal_pace.hpp"
#include "vmcp/model/awaitable.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace transport {

struct session_core;

// Part of a session. On workers.
class session_renewal {
public:
    explicit session_renewal(session_core& session) : session_(session) {}

    // The session may be lost, or somebody needs one that was: where both is so, it is established in the background, with
    // `headers` (those of the session before), soon, and then ever more slowly until one lives (renewal_pace). Returns at once.
    void look(const header_list& headers = {});

    // There is a session: a handshake has succeeded.
    void succeeded();

    // The stream of `in` is open again, and what the backend said in between was heard by nobody.
    void after_gap(const established& in);

private:
    [[nodiscard]] std::chrono::milliseconds next_pause();
    [[nodiscard]] bool due() const;
    vmcp::awaitable<void> run(std::shared_ptr<session_core> whole, header_list headers);
    vmcp::awaitable<void> attempt(const header_list& headers);

    session_core& session_;
    std::atomic<bool> running_{false};
    std::mutex mutex_{};
    renewal_pace pace_{};
};

} // namespace transport
