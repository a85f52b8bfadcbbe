// One client connection of the load generator: HTTP/1.1, one exchange at a time.
#pragma once

#include "bench/chunked_decoder.hpp"
#include "bench/http_head.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

using clock = std::chrono::steady_clock;

struct load_reply {
    unsigned status = 0;
    bool event_stream = false;
    std::string_view session_id;
    std::string_view body; // the first kilobytes at least; all of it with keep_whole_body or as event stream
    std::uint64_t body_size = 0; // of the whole body
};

enum class failure { connect, closed, timeout, bad_http };

[[nodiscard]] std::string to_string(failure kind);

class load_connection;

// Told what happens on a connection. Views in `reply` are good until the call returns or the next send.
class connection_owner {
public:
    virtual void connected(load_connection& from) = 0;
    virtual void replied(load_connection& from, const load_reply& reply) = 0;
    virtual void failed(load_connection& from, failure kind, const std::string& detail) = 0;

protected:
    ~connection_owner() = default;
};

// The owner must keep it until the context has ended. One operation at a time: open or send, then wait for
// the call of the owner. After `failed` the connection is closed and may be opened again.
class load_connection {
public:
    load_connection(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& peer,
                    connection_owner& owner, std::size_t index);

    [[nodiscard]] std::size_t index() const { return index_; }

    void open(clock::time_point deadline);

    // Where the next request is to be written before send().
    [[nodiscard]] std::string& outgoing() { return outgoing_; }

    // Opens the connection again first when the last reply announced its end.
    void send(clock::time_point deadline);

    void keep_whole_body(bool keep) { keep_whole_body_ = keep; }

    // Ends a running operation that is overdue.
    void check_deadline(clock::time_point now);

    void close();

private:
    void connect();
    void write();
    void read();
    void take(std::size_t size);
    void take_head();
    void take_body();
    void finish(std::string_view body, std::uint64_t size);
    void fail(failure kind, const std::string& detail);

    using socket_type =
        boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    socket_type socket_;
    boost::asio::ip::tcp::endpoint peer_;
    connection_owner& owner_;
    std::size_t index_;
    clock::time_point deadline_ = clock::time_point::max();
    bool timed_out_ = false;
    bool connecting_only_ = false; // open() in contrast to a send() that opens
    bool must_reopen_ = true;
    bool keep_whole_body_ = false;
    std::string outgoing_;

    std::size_t capacity_;
    std::unique_ptr<char[]> buffer_; // pages that no reply reaches cost nothing
    std::size_t end_ = 0;
    bool head_known_ = false;
    http_head head_;
    std::uint64_t body_received_ = 0;
    chunked_decoder chunks_;
    std::string chunked_body_;
};

} // namespace bench
