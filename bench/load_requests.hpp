// Renders the HTTP requests of the load generator. No sockets here.
#pragma once

#include "bench/load_options.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class request_writer {
public:
    explicit request_writer(const load_options& options);

    // Number of different work requests (tools of `fan`, or pages of a list).
    [[nodiscard]] std::size_t variants() const { return work_.size(); }

    // Adds the request for one more page of tools/list; `raw_cursor` is the JSON string as the server wrote
    // it.
    void add_page(std::string_view raw_cursor);

    // Head of every request of one session, up to the value of Content-Length. Empty id: no session header.
    [[nodiscard]] std::string head(std::string_view session_id) const;

    // Each writes one whole request to `out` (replacing it).
    void initialize(std::string& out, std::uint64_t id) const;
    void initialized(std::string& out, std::string_view head) const;
    void ping(std::string& out, std::string_view head, std::uint64_t id) const;
    void work(std::string& out, std::string_view head, std::uint64_t id, std::size_t variant) const;

private:
    using body_template = std::vector<std::string>; // pieces with the id between them

    static void write(std::string& out, std::string_view head, const body_template& body, std::uint64_t id);
    void add_call(const load_options& options, std::size_t backend);

    std::string fields_;         // request line and header fields that every request has
    std::string protocol_field_; // MCP-Protocol-Version: after the handshake only
    body_template initialize_;
    body_template ping_;
    std::vector<body_template> work_;
};

} // namespace bench
