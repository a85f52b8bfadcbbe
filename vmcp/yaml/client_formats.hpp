// The MCP clients whose files `vmcp init` reads, in words: the page about compatibility is written from this
// table, and a test has a file of each.
#pragma once

#include <span>
#include <string_view>

namespace vmcp {

struct client_format {
    std::string_view client;
    std::string_view files;   // where the client keeps its servers
    std::string_view servers; // the keys that hold them
    std::string_view address; // what names the URL, and what sends headers
    std::string_view values;  // references that are understood, besides ${NAME} and ${NAME:-default}
    std::string_view more;    // what else is taken over
};

[[nodiscard]] std::span<const client_format> client_formats() noexcept;

} // namespace vmcp
