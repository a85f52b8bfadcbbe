#include "vmcp/service/result_sinks.hpp"

#include "vmcp/base/json_text.hpp"

#include <cstring>
#include <functional>

namespace vmcp {
namespace {

// Calls `visit` with the raw slice of every string that is the value of a member called "uri", in order.
// Texts that are no JSON end the walk.
bool walk_uris(json_cursor& cursor, const std::function<bool(std::string_view)>& visit) {
    json_kind kind{};
    if (!cursor.peek(kind))
        return false;
    json_slice value;
    if (kind == json_kind::object) {
        std::string_view key;
        bool done = false;
        if (!cursor.enter_object())
            return false;
        while (cursor.next_member(key, done) && !done) {
            json_kind member{};
            if (!cursor.peek(member))
                return false;
            if (member == json_kind::string && json_key_is(key, "uri")) {
                if (!cursor.value(value) || !visit(value.raw))
                    return false;
            } else if (!walk_uris(cursor, visit)) {
                return false;
            }
        }
        return !cursor.failed();
    }
    if (kind == json_kind::array) {
        bool done = false;
        if (!cursor.enter_array())
            return false;
        while (cursor.next_element(done) && !done)
            if (!walk_uris(cursor, visit))
                return false;
        return !cursor.failed();
    }
    return cursor.value(value);
}

bool contains(std::string_view text, std::string_view word) {
    return ::memmem(text.data(), text.size(), word.data(), word.size()) !=
           nullptr; // vectorised, unlike find()
}

constexpr std::size_t most_mentioned = 128; // URIs of one answer that are looked at

} // namespace

std::string with_exposed_uris(std::string_view text, const catalog& names, std::uint32_t backend) {
    std::string out;
    std::size_t copied = 0;
    json_cursor cursor(text, 512);
    walk_uris(cursor, [&](std::string_view raw) {
        const auto uri = unquoted(raw);
        const auto exposed = uri ? names.expose_uri(backend, *uri) : std::string();
        if (!uri || exposed == *uri)
            return true;
        const auto at = static_cast<std::size_t>(raw.data() - text.data());
        out.append(text.substr(copied, at - copied));
        append_quoted(out, exposed);
        copied = at + raw.size();
        return true;
    });
    out.append(text.substr(copied));
    return out;
}

std::vector<std::string> mentioned_uris(std::string_view text, std::size_t limit) {
    std::vector<std::string> out;
    json_cursor cursor(text, 512);
    walk_uris(cursor, [&](std::string_view raw) {
        if (auto uri = unquoted(raw))
            out.push_back(std::move(*uri));
        return out.size() < limit;
    });
    return out;
}

awaitable<void> resource_sink::done(const reply& answer) {
    const auto text = answer.whole.empty() ? answer.body : answer.whole;
    // A result that mentions no resource costs one search.
    if (!contains(text, "\"uri\"")) {
        co_await to_.done(answer);
        co_return;
    }
    if (session_ != nullptr)
        for (auto& uri : mentioned_uris(text, most_mentioned))
            if (!names_.find_resource(uri))
                session_->learn_uri(std::move(uri), names_.backends()[backend_]);
    if (!names_.wraps_uris(backend_)) {
        co_await to_.done(answer);
        co_return;
    }
    const std::string rewritten = with_exposed_uris(text, names_, backend_);
    if (answer.whole.empty())
        co_await to_.done({.kind = answer.kind, .body = rewritten});
    else if (const auto message = read_message(rewritten, 1000))
        co_await to_.done(reply::of_message(*message, answer.kind));
}

} // namespace vmcp
