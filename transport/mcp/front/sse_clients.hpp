// The clients of the HTTP+SSE transport that are connected now (MCP 2024-11-05, basic/transports, "HTTP with SSE").
#pragma once

#include "transport/mcp/front/client_stream.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/caller.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace transport {

// Thread-safe. One client: the stream that its GET holds open and, once it has sent `initialize`, its session. The end of the
// stream is the end of both.
class sse_client {
public:
    sse_client(vmcp::identity caller, vmcp::memory_ledger* memory);

    [[nodiscard]] const vmcp::identity& who() const noexcept { return who_; }
    // Responses wait on it, and hold their calls up, until the client reads: nothing of it could be had again.
    [[nodiscard]] const std::shared_ptr<client_stream>& stream() const noexcept { return stream_; }

    // The id of its session; empty before `initialize`.
    [[nodiscard]] std::string session_id() const;
    // True for one `initialize` only. It ends with opened(), or with not_opened(), after which there may be another.
    [[nodiscard]] bool begin_opening();
    // False: the stream has ended meanwhile, and nobody will end the session but the caller of this.
    [[nodiscard]] bool opened(std::string session_id);
    void not_opened();
    // Its GET has ended. Gives the id of the session that is to end with it, or an empty one.
    [[nodiscard]] std::string leave();

    // Ends the stream: at once when nothing is being answered, else after that.
    void finish_when_idle();

    // A POST is being answered while it lives.
    class work {
    public:
        explicit work(std::shared_ptr<sse_client> client) : client_(std::move(client)) { client_->begin(); }
        work(const work&) = delete;
        work& operator=(const work&) = delete;
        ~work() { client_->end(); }

    private:
        std::shared_ptr<sse_client> client_;
    };

private:
    void begin();
    void end();

    const vmcp::identity who_;
    const std::shared_ptr<client_stream> stream_;
    mutable std::mutex mutex_{};
    std::string session_id_{};
    std::size_t working_ = 0;
    bool opening_ = false;
    bool finishing_ = false;
    bool left_ = false;
};

class sse_clients {
public:
    // Ids are as hard to guess as session ids: whoever knows one, and is the same caller, may speak for the client.
    std::string add(std::shared_ptr<sse_client> client);
    void remove(const std::string& id);
    // Null when there is none, or when it belongs to somebody else.
    [[nodiscard]] std::shared_ptr<sse_client> find(std::string_view id, const vmcp::identity& who) const;

private:
    mutable std::mutex mutex_{};
    std::unordered_map<std::string, std::shared_ptr<sse_client>> clients_{};
};

} // namespace transport
