#include "tests/fakes/http_message.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace fakes {
namespace {

[[noreturn]] void broken(const std::string& problem) {
    throw std::runtime_error(problem);
}

std::size_t number(std::string_view text, int base) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, base);
    if (error != std::errc{} || end != text.data() + text.size())
        broken("\"" + std::string(text) + "\" is no size");
    return n;
}

} // namespace

std::string http_message::field(std::string_view lower_name) const {
    for (const auto& [name, value] : fields)
        if (name == lower_name)
            return value;
    return {};
}

bool http_message::has(std::string_view lower_name) const {
    return std::ranges::any_of(fields, [&](const auto& f) { return f.first == lower_name; });
}

unsigned http_message::status() const {
    if (!start.starts_with("HTTP/1.1 "))
        broken("no status line: " + start);
    return static_cast<unsigned>(number(std::string_view(start).substr(9, 3), 10));
}

std::string http_message::method() const {
    return start.substr(0, start.find(' '));
}

std::optional<http_message> take_head(std::string& buffer) {
    const auto end = buffer.find("\r\n\r\n");
    if (end == std::string::npos)
        return std::nullopt;
    http_message out;
    std::string_view text = std::string_view(buffer).substr(0, end + 2);
    const auto first = text.find("\r\n");
    out.start = text.substr(0, first);
    text.remove_prefix(first + 2);
    while (!text.empty()) {
        const auto line = text.substr(0, text.find("\r\n"));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            broken("no field: " + std::string(line));
        std::string name(line.substr(0, colon));
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        out.fields.emplace_back(std::move(name), std::string(value));
        text.remove_prefix(line.size() + 2);
    }
    buffer.erase(0, end + 4);
    return out;
}

std::optional<std::string> take_chunk(std::string& buffer) {
    const auto line = buffer.find("\r\n");
    if (line == std::string::npos)
        return std::nullopt;
    const auto size = number(std::string_view(buffer).substr(0, line), 16);
    if (buffer.size() < line + 2 + size + 2)
        return std::nullopt;
    std::string data = buffer.substr(line + 2, size);
    if (buffer.substr(line + 2 + size, 2) != "\r\n")
        broken("a chunk does not end where its size says");
    buffer.erase(0, line + 2 + size + 2);
    return data;
}

bool take_body(std::string& buffer, http_message& head) {
    if (head.has("content-length")) {
        const auto size = number(head.field("content-length"), 10);
        if (buffer.size() < size)
            return false;
        head.body = buffer.substr(0, size);
        buffer.erase(0, size);
        return true;
    }
    if (head.field("transfer-encoding") != "chunked")
        return true;
    while (auto chunk = take_chunk(buffer)) {
        if (chunk->empty())
            return true;
        head.body += *chunk;
    }
    return false;
}

http_message read_head(socket& from) {
    for (;;) {
        if (auto head = take_head(from.buffer))
            return *std::move(head);
        if (!from.fill())
            broken("the connection ended instead of an answer");
    }
}

http_message read_response(socket& from) {
    auto out = read_head(from);
    while (!take_body(from.buffer, out))
        if (!from.fill())
            broken("the connection ended in the middle of an answer");
    return out;
}

std::optional<event> event_reader::next() {
    for (;;) {
        if (const auto end = text_.find("\n\n"); end != std::string::npos) {
            event out;
            std::string_view text = std::string_view(text_).substr(0, end + 1);
            out.comment = true;
            while (!text.empty()) {
                const auto line = text.substr(0, text.find('\n'));
                text.remove_prefix(line.size() + 1);
                if (line.starts_with(':'))
                    continue;
                out.comment = false;
                const auto colon = line.find(':');
                auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
                if (value.starts_with(' '))
                    value.remove_prefix(1);
                const auto name = line.substr(0, colon);
                if (name == "data") {
                    out.data.append(out.has_data ? "\n" : "").append(value);
                    out.has_data = true;
                } else if (name == "id") {
                    out.id = value;
                } else if (name == "retry") {
                    out.retry = value;
                }
            }
            text_.erase(0, end + 2);
            return out;
        }
        if (over_)
            return std::nullopt;
        if (const auto chunk = take_chunk(from_.buffer)) {
            over_ = chunk->empty();
            text_ += *chunk;
        } else if (!from_.fill()) {
            broken("the connection ended in the middle of an event stream");
        }
    }
}

std::optional<event> event_reader::message() {
    for (;;) {
        auto one = next();
        if (!one || !one->data.empty())
            return one;
    }
}

} // namespace fakes
