#include "transport/admin/router.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace transport {

namespace http = boost::beast::http;

void router::add(std::string path, http_handler& handler) {
    if (endpoint_.empty())
        endpoint_ = path;
    handlers_.emplace(std::move(path), owner{.handler = &handler});
}

void router::add_checked(std::string path, http_handler& handler) {
    handlers_.emplace(std::move(path), owner{.handler = &handler, .checked = true});
}

std::optional<vmcp::failure> router::problem_of(const owner& owner, const http_request& request) const {
    return owner.checked && check_ ? check_(request) : std::nullopt;
}

asio::awaitable<void> router::handle(http_request& request) {
    if (const auto found = handlers_.find(request.path); found != handlers_.end()) {
        if (auto why = problem_of(found->second, request))
            return refuse(request, *std::move(why));
        return found->second.handler->handle(request);
    }
    if (check_)
        if (const auto why = check_(request))
            return refuse(request, *why);
    return answer_page(request);
}

asio::awaitable<bool> router::admit(http_request& request) {
    if (const auto found = handlers_.find(request.path);
        found != handlers_.end() && !problem_of(found->second, request)) // handle() refuses it
        return found->second.handler->admit(request);
    return admit_to_page(request);
}

// No page needs more than some words; what is not there needs none at all.
asio::awaitable<bool> router::admit_to_page(http_request& request) {
    constexpr std::size_t most = 64 * 1024;
    if (const auto why = check_ ? check_(request) : std::nullopt) {
        co_await refuse(request, *why);
        co_return false;
    }
    const auto is_below = [&](const auto& one) { return request.path.starts_with(one.first); };
    if (std::ranges::none_of(below_, is_below)) {
        co_await answer_page(request);
        co_return false;
    }
    request.max_body = most;
    request.why_so_long = "for a page";
    co_return true;
}

asio::awaitable<void> router::refuse(http_request& request, vmcp::failure why) {
    co_await request.connection.refuse(why);
}

asio::awaitable<void> router::answer_page(http_request& request) {
    auto& connection = request.connection;
    for (const auto& [prefix, answer] : below_)
        if (request.path.starts_with(prefix) && co_await answer(request))
            co_return;
    const auto found = pages_.find(request.path);
    if (found == pages_.end()) {
        co_await connection.refuse(vmcp::fail(
            vmcp::errc::not_found,
            endpoint_.empty() ? fmt::format("nothing is at {}", request.path)
                              : fmt::format("nothing is at {}; MCP is at {}", request.path, endpoint_)));
        co_return;
    }
    const auto method = request.head.method();
    if (method != http::verb::get && method != http::verb::head) {
        const header_field allow[] = {{"Allow", "GET, HEAD"}};
        co_await connection.refuse(vmcp::fail(vmcp::errc::method_not_allowed), {}, allow);
        co_return;
    }
    // Fresh each time, and never taken for something else by a browser.
    std::vector<header_field> fields = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    const page made = co_await found->second(request);
    fields.insert(fields.end(), made.fields.begin(), made.fields.end());
    co_await connection.respond(made.status, made.content_type, vmcp::gather(made.body), fields);
}

} // namespace transport
