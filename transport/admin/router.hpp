// The HTTP endpoints beside /mcp, found by path. What they show is made by functions, so that this folder
// knows nothing of health.
#pragma once

#include "transport/http/server_connection.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

struct page {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::vector<header_field> fields{}; // besides those that every page has; views of literals
};

// Routes a path to the handler that owns it: MCP, pages, or 404. GET and HEAD only for pages.
class router final : public http_handler {
public:
    using page_maker = std::function<asio::awaitable<page>(http_request&)>;
    using answerer = std::function<asio::awaitable<bool>(http_request&)>; // false: it has not answered
    // Nothing when the request may go on.
    using check = std::function<std::optional<vmcp::failure>(const http_request&)>;

    // Handlers check for themselves whether they take a request. The first path is the one that a 404 names.
    void add(std::string path, http_handler& handler);
    // A handler that is asked only after check_first(), as pages are.
    void add_checked(std::string path, http_handler& handler);
    // Of several paths: those that begin with `prefix`. It answers itself, or says that it has nothing there.
    void add_below(std::string prefix, answerer answer) {
        below_.emplace_back(std::move(prefix), std::move(answer));
    }
    void add_page(std::string path, page_maker make) { pages_.emplace(std::move(path), std::move(make)); }

    // Asked before anything else of what is not for a handler that checks for itself.
    void check_first(check check) { check_ = std::move(check); }

    asio::awaitable<void> handle(http_request& request) override;
    asio::awaitable<bool> admit(http_request& request) override;

private:
    asio::awaitable<bool> admit_to_page(http_request& request);
    static asio::awaitable<void> refuse(http_request& request, vmcp::failure why);
    asio::awaitable<void> answer_page(http_request& request);

    struct owner {
        http_handler* handler = nullptr;
        bool checked = false;
    };
    [[nodiscard]] std::optional<vmcp::failure> problem_of(const owner& owner,
                                                          const http_request& request) const;

    std::map<std::string, owner, std::less<>> handlers_{};
    std::vector<std::pair<std::string, answerer>> below_{};
    std::map<std::string, page_maker, std::less<>> pages_{};
    std::string endpoint_{}; // empty: there is no handler
    check check_{};
};

} // namespace transport
