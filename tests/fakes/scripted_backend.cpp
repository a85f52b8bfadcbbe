#include "tests/fakes/scripted_backend.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>

namespace fakes {

using std::chrono::steady_clock;

std::string asked_of_backend::raw(std::string_view path) const {
    std::string_view at = request.body;
    while (!path.empty()) {
        const auto name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        at = vmcp::json_member(at, name, 1000).raw;
    }
    return std::string(at);
}

std::string asked_of_backend::what() const {
    if (request.body.empty())
        return request.method();
    const auto method = raw("method");
    return method.empty() ? "answer" : vmcp::unquoted(method).value_or("?");
}

void asked_of_backend::answer(unsigned status, std::string_view body, std::string_view more_fields) const {
    const std::string_view type = body.empty() ? "" : "Content-Type: application/json\r\n";
    on_->send(fmt::format("HTTP/1.1 {} Scripted\r\n{}{}Content-Length: {}\r\n\r\n{}", status, type,
                          more_fields, body.size(), body));
}

void asked_of_backend::result(std::string_view raw_result, std::string_view more_fields) const {
    answer(200, fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id(), raw_result), more_fields);
}

void asked_of_backend::start_events(std::string_view more_fields) const {
    on_->send(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{}"
                          "Transfer-Encoding: chunked\r\n\r\n",
                          more_fields));
}

void asked_of_backend::event(std::string_view data, std::string_view id) const {
    piece(id.empty() ? fmt::format("data: {}\n\n", data) : fmt::format("id: {}\ndata: {}\n\n", id, data));
}

void asked_of_backend::piece(std::string_view text) const {
    on_->send(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
}

void asked_of_backend::end_events() const {
    on_->send("0\r\n\r\n");
}

void asked_of_backend::close() const {
    on_->close();
}

void asked_of_backend::reset() const {
    on_->reset();
}

std::string scripted_backend::url() const {
    return fmt::format("http://127.0.0.1:{}/mcp", port_);
}

void scripted_backend::take_requests(const std::shared_ptr<socket>& from) {
    while (from->buffer.size() >= from->wanted) {
        std::string rest = from->buffer;
        auto head = take_head(rest);
        if (!head || !take_body(rest, *head)) {
            // A large body is not looked at again for each of its packets.
            if (head && head->has("content-length"))
                from->wanted = from->buffer.size() - rest.size() + std::stoul(head->field("content-length"));
            return;
        }
        from->wanted = 0;
        from->buffer = std::move(rest);
        auto made = std::make_shared<asked_of_backend>(*std::move(head), from);
        if (refuse_streams && made->request.method() == "GET")
            made->answer(405, "");
        else
            came_.push_back(std::move(made));
    }
}

void scripted_backend::pump(milliseconds wait) {
    std::erase_if(open_, [](const auto& s) { return !s->is_open(); });
    std::vector<pollfd> all;
    for (const auto& s : open_)
        all.push_back({s->fd(), POLLIN, 0});
    if (door_)
        all.push_back({door_->fd(), POLLIN, 0});
    if (::poll(all.data(), all.size(), static_cast<int>(wait.count())) <= 0)
        return;
    const auto known = open_;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (all[i].revents == 0)
            continue;
        if (known[i]->fill())
            take_requests(known[i]);
        else
            known[i]->close();
    }
    if (door_ && all.back().revents != 0) {
        ++made_;
        open_.push_back(std::make_shared<socket>(door_->accept()));
    }
}

bool scripted_backend::has(std::string_view wanted, milliseconds wait) {
    const auto until = steady_clock::now() + wait;
    for (;;) {
        pump(milliseconds(0));
        if (std::ranges::any_of(came_, [&](const auto& r) { return r->what() == wanted; }))
            return true;
        const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
        if (left.count() <= 0)
            return false;
        pump(left);
    }
}

std::size_t scripted_backend::count(std::string_view wanted) {
    return static_cast<std::size_t>(
        std::ranges::count_if(came_, [&](const auto& r) { return r->what() == wanted; }));
}

backend_request scripted_backend::expect(std::string_view wanted) {
    if (!has(wanted, patience)) {
        std::string instead;
        for (const auto& r : came_)
            instead += " " + r->what();
        throw std::runtime_error(fmt::format("the backend was not asked for {}, but:{}", wanted, instead));
    }
    const auto it = std::ranges::find_if(came_, [&](const auto& r) { return r->what() == wanted; });
    auto out = *it;
    came_.erase(it);
    return out;
}

void scripted_backend::handshake(std::string_view session_id, std::string_view capabilities) {
    expect("initialize")
        ->result(fmt::format(R"({{"protocolVersion":"2025-11-25","capabilities":{},)"
                             R"("serverInfo":{{"name":"scripted","version":"1"}}}})",
                             capabilities),
                 session_id.empty() ? std::string() : fmt::format("Mcp-Session-Id: {}\r\n", session_id));
    expect("notifications/initialized")->accept();
}

void scripted_backend::reset_while_reading() {
    const auto until = steady_clock::now() + patience;
    while (std::ranges::none_of(open_, [](const auto& s) { return !s->buffer.empty(); })) {
        if (steady_clock::now() > until)
            throw std::runtime_error("no request comes in");
        pump(milliseconds(100));
    }
    for (const auto& s : open_)
        s->reset();
    open_.clear();
}

void scripted_backend::stop() {
    door_.reset();
    for (const auto& s : open_)
        s->close();
    open_.clear();
}

void scripted_backend::start() {
    door_ = std::make_unique<listening_socket>(port_);
}

} // namespace fakes
