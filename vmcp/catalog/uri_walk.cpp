#include "vmcp/catalog/uri_walk.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <cstring>

namespace vmcp {
namespace {

bool is_reference(std::string_view raw_key, references which) {
    return json_key_is(raw_key, "resourceUri") || json_key_is(raw_key, "ui/resourceUri") ||
           json_key_is(raw_key, "openai/outputTemplate") ||
           (which == references::all && json_key_is(raw_key, "uri"));
}

using visitor = std::function<void(std::string_view raw)>;

bool walk(json_cursor& cursor, references which, const visitor& visit);

bool walk_object(json_cursor& cursor, references which, const visitor& visit) {
    std::string_view key;
    bool done = false;
    if (!cursor.enter_object())
        return false;
    while (cursor.next_member(key, done) && !done) {
        json_kind kind{};
        if (!cursor.peek(kind))
            return false;
        if (kind != json_kind::string || !is_reference(key, which)) {
            if (!walk(cursor, which, visit))
                return false;
            continue;
        }
        json_slice value;
        if (!cursor.value(value))
            return false;
        visit(value.raw);
    }
    return !cursor.failed();
}

bool walk_array(json_cursor& cursor, references which, const visitor& visit) {
    bool done = false;
    if (!cursor.enter_array())
        return false;
    while (cursor.next_element(done) && !done)
        if (!walk(cursor, which, visit))
            return false;
    return !cursor.failed();
}

// Calls `visit` with the raw slice of each reference, in order. What is no JSON ends the walk.
bool walk(json_cursor& cursor, references which, const visitor& visit) {
    json_kind kind{};
    json_slice value;
    if (!cursor.peek(kind))
        return false;
    if (kind == json_kind::object)
        return walk_object(cursor, which, visit);
    return kind == json_kind::array ? walk_array(cursor, which, visit) : cursor.value(value);
}

} // namespace

bool may_mention_uris(std::string_view json) noexcept {
    // memmem() is vectorised, unlike find(). Keys of references end alike.
    for (const std::string_view end : {"uri\"", "Uri\"", "Template\""})
        if (::memmem(json.data(), json.size(), end.data(), end.size()) != nullptr)
            return true;
    return false;
}

std::optional<std::string> with_uris(std::string_view json, references which,
                                     const std::function<std::string(const std::string&)>& expose) {
    std::string out;
    std::size_t copied = 0;
    json_cursor cursor(json, 512);
    walk(cursor, which, [&](std::string_view raw) {
        const auto uri = unquoted(raw);
        const auto exposed = uri ? expose(*uri) : std::string();
        if (!uri || exposed == *uri)
            return;
        const auto at = static_cast<std::size_t>(raw.data() - json.data());
        out.append(json.substr(copied, at - copied));
        append_quoted(out, exposed);
        copied = at + raw.size();
    });
    if (copied == 0)
        return std::nullopt;
    out.append(json.substr(copied));
    return out;
}

} // namespace vmcp
