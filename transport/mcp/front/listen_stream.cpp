#include "transport/mcp/front/listen_stream.hpp"

#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;

namespace {

constexpr std::string_view subscription_key = "io.modelcontextprotocol/subscriptionId";

struct list_member {
    std::string_view name; // of the filter
    unsigned kind;
    std::string_view method;
};
constexpr std::array<list_member, 3> list_members{{
    {"toolsListChanged", vmcp::tools_changed, "notifications/tools/list_changed"},
    {"promptsListChanged", vmcp::prompts_changed, "notifications/prompts/list_changed"},
    {"resourcesListChanged", vmcp::resources_changed, "notifications/resources/list_changed"},
}};

vmcp::result<std::vector<std::string>> read_uris(std::string_view raw_array) {
    std::vector<std::string> out;
    vmcp::json_cursor cursor(raw_array);
    bool done = false;
    vmcp::json_slice element;
    auto bad = fail(errc::invalid_params, "\"resourceSubscriptions\" must be an array of strings");
    if (!cursor.enter_array())
        return bad;
    while (cursor.next_element(done) && !done) {
        if (!cursor.value(element) || element.kind != vmcp::json_kind::string)
            return bad;
        auto uri = vmcp::unquoted(element.raw);
        if (!uri)
            return bad;
        if (std::ranges::find(out, *uri) == out.end())
            out.push_back(std::move(*uri));
        if (out.size() > most_listen_uris)
            return fail(errc::invalid_params,
                        fmt::format("\"resourceSubscriptions\" may hold at most {} URIs", most_listen_uris));
    }
    return out;
}

std::string text_of(const listen_filter& filter) {
    std::string out = "{";
    const auto add = [&](std::string_view name, std::string_view value) {
        out.append(fmt::format(R"({}"{}":{})", out.size() > 1 ? "," : "", name, value));
    };
    for (const auto& one : list_members)
        if ((filter.lists & one.kind) != 0)
            add(one.name, "true");
    if (!filter.uris.empty()) {
        std::vector<std::string> quoted;
        quoted.reserve(filter.uris.size());
        for (const auto& uri : filter.uris)
            quoted.push_back(vmcp::quoted(uri));
        add("resourceSubscriptions", fmt::format("[{}]", fmt::join(quoted, ",")));
    }
    return out + "}";
}

// The notification with the subscription's id in its `_meta`.
std::string tagged(const vmcp::message& m, std::string_view raw_id) {
    const std::string tag = fmt::format(R"("{}":{})", subscription_key, raw_id);
    if (m.params.empty())
        return vmcp::notification_message(m.method, fmt::format(R"({{"_meta":{{{}}}}})", tag));
    const auto inside = [](std::string_view object, const std::string& member) {
        const bool empty = object.find_first_not_of(" \t\r\n", 1) == object.size() - 1;
        return fmt::format("{{{}{}", member, empty ? "" : ",");
    };
    vmcp::splice text(m.whole);
    const auto& meta = m.param.meta;
    const bool has_meta = meta.kind == vmcp::json_kind::object && !meta.empty();
    const auto& object = has_meta ? meta.raw : m.params.raw;
    const std::string head = inside(object, has_meta ? tag : fmt::format(R"("_meta":{{{}}})", tag));
    text.replace(object.substr(0, 1), head);
    vmcp::leave_out(text, m.surplus);
    return text.pieces().str();
}

} // namespace

vmcp::result<listen_filter> read_listen_filter(const vmcp::message& request) {
    const auto asked = vmcp::json_member(request.params.raw, "notifications");
    if (asked.empty() || asked.kind != vmcp::json_kind::object)
        return fail(errc::invalid_params, "\"notifications\" must be an object");
    listen_filter out;
    for (const auto& one : list_members) {
        const auto value = vmcp::json_optional(asked.raw, one.name);
        if (!value.empty() && value.kind != vmcp::json_kind::boolean)
            return fail(errc::invalid_params, fmt::format("\"{}\" must be a boolean", one.name));
        if (value.raw == "true")
            out.lists |= one.kind;
    }
    const auto uris = vmcp::json_optional(asked.raw, "resourceSubscriptions");
    if (uris.empty())
        return out;
    auto read = read_uris(uris.raw);
    if (!read)
        return read.error();
    out.uris = std::move(*read);
    return out;
}

listen_stream::listen_stream(std::string raw_id, vmcp::memory_ledger* memory)
    : raw_id_(std::move(raw_id))
    , to_(std::make_shared<client_stream>(0, event_log::limits{0, 0}, memory))
    , early_memory_(memory, vmcp::memory_class::notifications) {
}

void listen_stream::acknowledge(listen_filter honoured) {
    std::vector<std::string> early;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(acknowledged_, true))
            return;
        uris_ = {honoured.uris.begin(), honoured.uris.end()};
        honoured_ = std::move(honoured);
        // Under the lock, so that nothing overtakes it.
        to_->send(vmcp::notification_message("notifications/subscriptions/acknowledged",
                                             fmt::format(R"({{"_meta":{{"{}":{}}},"notifications":{}}})",
                                                         subscription_key, raw_id_, text_of(honoured_))));
        early.swap(early_);
        early_memory_.release();
    }
    for (auto& message : early)
        send(std::move(message));
}

void listen_stream::complete() {
    acknowledge({});
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(completed_, true))
            return;
    }
    to_->send(vmcp::result_message(raw_id_, fmt::format(R"({{"resultType":"complete","_meta":{{"{}":{}}}}})",
                                                        subscription_key, raw_id_)));
    to_->finish();
}

bool listen_stream::wanted(const vmcp::message& m) const {
    if (m.method == "notifications/resources/updated")
        return uris_.contains(vmcp::unquoted(m.param.uri.raw).value_or(""));
    for (const auto& one : list_members)
        if (m.method == one.method)
            return (honoured_.lists & one.kind) != 0;
    return false;
}

void listen_stream::send(std::string message) {
    constexpr std::size_t most_early = 64;
    std::string out;
    {
        const std::lock_guard lock(mutex_);
        if (completed_)
            return;
        if (!acknowledged_) {
            if (early_.size() < most_early && early_memory_.try_cover(early_memory_.size() + message.size()))
                early_.push_back(std::move(message));
            return;
        }
        const auto m = vmcp::read_message(message, 1000);
        if (!m || m->type != vmcp::message::kind::notification || !wanted(*m))
            return;
        out = tagged(*m, raw_id_);
    }
    to_->send(std::move(out));
}

void listen_stream::lists_changed(unsigned kinds) {
    for (auto& message : vmcp::list_changed_messages(kinds))
        send(std::move(message));
}

} // namespace transport
