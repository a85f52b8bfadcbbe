// How the lists of a backend are read: all of them, all pages.
#pragma once

#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/http_session.hpp"
#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

struct list_terms {
    std::chrono::milliseconds session_timeout{30'000}; // for the handshake, where there is no session yet
    std::chrono::milliseconds page_timeout{30'000};    // for each page
    vmcp::cancellation* control = nullptr;             // ends the reading early; may be null
    call_facts* met = nullptr;                         // told what the request that failed met; may be null
    std::size_t max_entries = 20'000;                  // taken of all lists together
    std::size_t max_bytes = std::size_t{16} << 20;     // the same, of their text
    call_limit* places = nullptr;                      // one is taken for each request; null: none is needed
};

// What was read of a backend's lists, and what could not be.
struct list_reading {
    struct gap {
        vmcp::list_kind kind = vmcp::list_kind::tools;
        std::string method{};
        vmcp::failure why{};
    };
    vmcp::backend_lists lists{};
    std::vector<gap> missed{};
};

// Who gives the pages of lists.
class page_source {
public:
    virtual ~page_source() = default;
    // The `result` of a request of the gateway's own; as http_session::fetch().
    [[nodiscard]] virtual vmcp::awaitable<vmcp::result<std::string>>
    fetch(std::string_view method, std::string params, own_terms terms) = 0;
};

// Reads the lists that the capabilities in `about` offer, into it; otherwise as read_lists().
[[nodiscard]] vmcp::awaitable<vmcp::result<list_reading>>
read_pages(page_source& from, vmcp::backend_lists about, std::size_t max_bytes, list_terms terms);

// Reads the lists that the backend of `session` offers; `max_bytes` bounds the pages of one list together. Of what is beyond
// the bounds, and of pages that bring nothing new, a row in `dropped` tells; what was read before is kept. One broken
// list does not hide the others: it is empty then, and named in `missed`. It fails only when there is no session, or when
// the tools cannot be read for another reason than an answer that is no list. On a worker.
[[nodiscard]] vmcp::awaitable<vmcp::result<list_reading>> read_lists(std::shared_ptr<http_session> session,
                                                                     std::string backend,
                                                                     std::size_t max_bytes, list_terms terms);

} // namespace transport
