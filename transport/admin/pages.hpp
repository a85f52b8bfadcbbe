// The HTTP endpoints beside /mcp, found by path. What they show is made by functions, so that this folder
// knows nothing of health.
#pragma once

#include "transport/http/server_connection.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace transport {

struct page {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body{};
};

// Routes a path to the handler that owns it: MCP, pages, or 404. GET and HEAD only for pages.
class router final : public http_handler {
public:
    using page_maker = std::function<asio::awaitable<page>(http_request&)>;

    void add(std::string path, http_handler& handler) { handlers_.emplace(std::move(path), &handler); }
    void add_page(std::string path, page_maker make) { pages_.emplace(std::move(path), std::move(make)); }

    asio::awaitable<void> handle(http_request& request) override;

private:
    std::map<std::string, http_handler*, std::less<>> handlers_{};
    std::map<std::string, page_maker, std::less<>> pages_{};
};

} // namespace transport
