// One HTTP/1.1 connection of a client: requests in, answers or event streams out, one after the other.
#pragma once

#include "transport/http/connection_group.hpp"
#include "transport/http/head_writer.hpp"
#include "transport/http/message_reader.hpp"
#include "transport/net/stream.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/gather.hpp"
#include "vmcp/base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// What a server takes from its clients, and how long it waits for it.
struct http_limits {
    http_policy policy{};
    std::size_t max_header = 32 * 1024;
    std::size_t max_body = std::size_t{8} << 20;
    std::size_t max_connections = 65'536;
    // From the first byte of a head to its end; also from the beginning of a connection to its first byte.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000}; // for the whole body
    std::chrono::milliseconds idle_timeout{120'000};
    std::chrono::milliseconds write_timeout{30'000};
};

class server_connection;

// One request, whole. Views and references live until handle() returns.
struct http_request {
    const request_reader::header_type& head;
    std::string_view path;
    std::string_view query;
    std::string_view host; // whom the client means: of an absolute target, else of Host
    std::string_view body;
    server_connection& connection;
    // For admit() to lower: how long a body is read. `why_so_long` is for people, and a literal.
    std::size_t max_body = 0;
    std::string_view why_so_long = "limits.maxBody";

    // First value of a field; empty when absent. `name` in any case.
    [[nodiscard]] std::string_view field(std::string_view name) const;
    [[nodiscard]] bool has_field(std::string_view name) const;
};

// Answers requests of one or more paths. handle() runs on the connection's worker and answers the request
// once, by server_connection's respond() or start_stream() ... end_stream(). An exception ends the
// connection.
class http_handler {
public:
    virtual ~http_handler() = default;
    virtual asio::awaitable<void> handle(http_request& request) = 0;
    // Asked before a body is read that is long, of unknown length, or waits for a 100 (Continue) (RFC 9110 section 10.1.1):
    // `request.body` is empty yet. False: the request has been answered, and its body is not read.
    virtual asio::awaitable<bool> admit(http_request&) { co_return true; }
};

class server_connection final : public guarded,
                                public connection_group::member,
                                public std::enable_shared_from_this<server_connection> {
public:
    // `among` are all connections of its listener; it must outlive this.
    server_connection(worker& home, tcp::socket socket, http_handler& handler, const http_limits& limits,
                      connection_group& among);
    ~server_connection() override;

    // Serves until the peer, an error or a drain ends the connection. `tls` may be null.
    static asio::awaitable<void> run(std::shared_ptr<server_connection> connection,
                                     std::shared_ptr<asio::ssl::context> tls);

    // Ends the connection with the answer to this request, and says so in its head if that is not written yet.
    void close_after_answer() noexcept { close_ = true; }

    [[nodiscard]] worker& home() const noexcept { return home_; }
    [[nodiscard]] transport::stream& stream() noexcept { return stream_; }

    // Writes a whole answer; to HEAD, its head only. False when the client is gone.
    asio::awaitable<bool> respond(unsigned status, std::string_view content_type, const vmcp::gather& body,
                                  std::span<const header_field> fields = {});
    // The same with the status and JSON-RPC error body that the error table gives for `why`, which is logged; `id` is a raw
    // token or empty.
    asio::awaitable<bool> refuse(const vmcp::failure& why, std::string_view id = {},
                                 std::span<const header_field> fields = {});

    // An answer of unknown length, chunked: head, pieces, end. Each returns false when the client is gone.
    asio::awaitable<bool> start_stream(std::string_view content_type,
                                       std::span<const header_field> fields = {});
    asio::awaitable<bool> write_framed(std::string_view chunks); // already in chunked coding
    asio::awaitable<bool> end_stream();

    // The peer closed or a write failed; what is written from now on goes nowhere.
    [[nodiscard]] bool gone() const noexcept { return gone_; }
    void mark_gone() noexcept { gone_ = true; }
    [[nodiscard]] bool draining() const noexcept { return home_.sweeper().draining(); }

    // The peer's address for logs.
    [[nodiscard]] std::string peer() const;
    // The same as network_of() says it; 0: unknown.
    [[nodiscard]] std::uint64_t network() const;

    // Called on the worker when the deadline set by wake_in() passes while a handler runs; a write that is
    // under way is watched separately and closes the connection instead.
    void wake_in(std::chrono::milliseconds wait, std::function<void()> action);
    void wake_never();

    // Called once on the worker when a drain begins while a handler streams; at once when it has begun.
    void on_drain_do(std::function<void()> action) {
        if (draining())
            action();
        else
            drain_ = std::move(action);
    }

protected:
    void on_due() override;
    void on_drain() override;
    void make_room() override { stream_.close(); }

private:
    asio::awaitable<bool> handshake();
    asio::awaitable<bool> serve_one();
    // How waiting for a request ended. `silence`: not yet, and the connection has given up its memory.
    enum class awaited : std::uint8_t { bytes, silence, nothing };
    asio::awaitable<awaited> await_request();
    asio::awaitable<bool> read_body(request_reader& reader);
    asio::awaitable<bool> admit(const request_reader& reader);
    asio::awaitable<void> refuse_body(const request_reader& reader, read_end end);
    asio::awaitable<void> linger();
    asio::awaitable<void> answer_read_error(const request_reader& reader, read_end end, bool in_body);
    asio::awaitable<bool> write(std::span<const asio::const_buffer> buffers);
    void note_refusal(std::string_view why) const;

    worker& home_;
    transport::stream stream_;
    std::shared_ptr<asio::ssl::context> tls_{};
    http_handler& handler_;
    const http_limits& limits_;
    connection_group& among_;
    connection_group::shelf& shelf_;
    read_ahead ahead_;
    std::string head_{}; // of the answer, reused
    std::string body_{};
    vmcp::memory_claim body_memory_; // of bodies that were not read ahead whole
    std::size_t max_body_ = 0;       // of this request
    std::string_view why_max_body_{};
    std::function<void()> wake_{};
    std::function<void()> drain_{};
    bool used_ = false; // something has come on it
    bool gone_ = false;
    bool answered_ = false;
    bool writing_ = false;
    bool settling_ = false; // just became idle, and still holds its buffer
    bool close_ = false;
    bool head_only_ = false; // the request is a HEAD
    bool timed_out_ = false;
};

} // namespace transport
