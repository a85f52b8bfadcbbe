#include "transport/kube/kube_documents.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace kube {
namespace {

using vmcp::json_kind;
using vmcp::json_member;

std::string text_in(std::string_view object, std::string_view key) {
    const auto found = json_member(object, key);
    return found.kind == json_kind::string ? vmcp::unquoted(found.raw).value_or("") : std::string();
}

std::optional<unsigned> number_in(std::string_view object, std::string_view key) {
    const auto found = json_member(object, key);
    unsigned out = 0;
    const auto* const end = found.raw.data() + found.raw.size();
    if (found.kind != json_kind::number)
        return std::nullopt;
    const auto read = std::from_chars(found.raw.data(), end, out);
    return read.ec == std::errc() && read.ptr == end ? std::optional(out) : std::nullopt;
}

vmcp::failure broken(std::string_view part) {
    return vmcp::fail(vmcp::errc::backend_protocol, fmt::format("the API server sent {}", part));
}

object_slice slice_of(std::string_view object) {
    const auto metadata = json_member(object, "metadata").raw;
    return {.text = object,
            .name = text_in(metadata, "name"),
            .resource_version = text_in(metadata, "resourceVersion")};
}

watch_event::kind kind_of(std::string_view type) {
    using kind = watch_event::kind;
    if (type == "ADDED" || type == "MODIFIED")
        return kind::put;
    if (type == "DELETED")
        return kind::erased;
    if (type == "BOOKMARK")
        return kind::bookmark;
    return type == "ERROR" ? kind::error : kind::other;
}

void read_status(watch_event& into, std::string_view status) {
    into.code = number_in(status, "code").value_or(0);
    into.reason = text_in(status, "reason");
    into.message = text_in(status, "message");
    constexpr unsigned most = 60;
    if (const auto seconds = number_in(json_member(status, "details").raw, "retryAfterSeconds"))
        into.retry_after = std::chrono::seconds(std::min(*seconds, most));
}

} // namespace

vmcp::result<list_page> read_list_page(std::string_view body) {
    if (!vmcp::json_valid(body))
        return broken("a list that is not JSON");
    const auto metadata = json_member(body, "metadata").raw;
    list_page out{.resource_version = text_in(metadata, "resourceVersion"),
                  .next = text_in(metadata, "continue")};
    const auto items = json_member(body, "items");
    if (out.resource_version.empty() ||
        (!items.empty() && items.kind != json_kind::array && items.kind != json_kind::null))
        return broken("a list without resourceVersion or items");
    if (items.kind != json_kind::array || items.empty())
        return out;
    vmcp::json_cursor cursor(items.raw);
    vmcp::json_slice item;
    bool done = false;
    if (!cursor.enter_array())
        return broken("a list without items");
    while (cursor.next_element(done) && !done && cursor.value(item)) {
        out.items.push_back(slice_of(item.raw));
        if (!is_object_name(out.items.back().name))
            return broken("a list with an object that has no name");
    }
    return out;
}

vmcp::result<watch_event> read_watch_event(std::string_view line) {
    if (!vmcp::json_valid(line))
        return broken("an event that is not JSON");
    const auto object = json_member(line, "object");
    if (object.kind != json_kind::object || object.empty())
        return broken("an event without an object");
    watch_event out{.type = kind_of(text_in(line, "type"))};
    if (out.type == watch_event::kind::error) {
        read_status(out, object.raw);
        return out;
    }
    out.object = slice_of(object.raw);
    const bool of_object = out.type == watch_event::kind::put || out.type == watch_event::kind::erased;
    if (of_object && !is_object_name(out.object.name))
        return broken("an event of an object that has no name");
    return out;
}

bool watch_event::is_expired() const noexcept {
    constexpr unsigned gone = 410;
    return type == kind::error && (code == gone || reason == "Expired" || reason == "Gone");
}

bool is_object_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 253;
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == ':';
           });
}

} // namespace kube
