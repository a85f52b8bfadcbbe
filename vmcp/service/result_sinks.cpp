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

bool contains(const gather& text, std::string_view word) {
    for (const auto piece : text.pieces())
        if (::memmem(piece.data(), piece.size(), word.data(), word.size()) !=
            nullptr) // vectorised, unlike find()
            return true;
    return false;
}

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

awaitable<void> resource_sink::done(const gather& response) {
    // A result that mentions no resource costs one search.
    if (!contains(response, "\"uri\"")) {
        co_await to_.done(response);
        co_return;
    }
    std::string text = response.str();
    for (auto& uri : mentioned_uris(text, client_session::max_learned))
        if (!names_.find_resource(uri))
            session_.learn_uri(std::move(uri), names_.backends()[backend_]);
    if (names_.wraps_uris(backend_))
        text = with_exposed_uris(text, names_, backend_);
    co_await to_.done(gather(text));
}

awaitable<void> send_result(const call& what, reply_sink& out, std::string_view raw_result) {
    gather message;
    message.add(R"({"jsonrpc":"2.0","id":)");
    message.add(what.request.id.raw);
    message.add(R"(,"result":)");
    message.add(raw_result);
    message.add("}");
    if (what.control)
        what.control->answered(answer_kind::result);
    co_await out.done(message);
}

awaitable<void> send_error(const call& what, reply_sink& out, const failure& why) {
    const std::string text = error_message(what.request.id.raw, why);
    if (what.control)
        what.control->answered(answer_kind::error);
    co_await out.done(gather(text));
}

} // namespace vmcp
