#include "transport/mcp/back/backend_message.hpp"

#include <charconv>

namespace transport {

using vmcp::message;

backend_says kind_of(const message& m) noexcept {
    if (m.type == message::kind::request)
        return backend_says::question;
    if (m.type != message::kind::notification)
        return backend_says::response;
    constexpr std::string_view prefix = "notifications/";
    if (!m.method.starts_with(prefix))
        return backend_says::notification;
    const auto name = m.method.substr(prefix.size());
    if (name == "progress")
        return backend_says::progress;
    if (name == "message")
        return backend_says::log;
    if (name == "cancelled")
        return backend_says::withdrawal;
    if (name == "resources/updated")
        return backend_says::resource_updated;
    if (name == "tools/list_changed" || name == "prompts/list_changed" || name == "resources/list_changed")
        return backend_says::lists_changed;
    return backend_says::notification;
}

vmcp::answer_kind reply_kind_of(const message& m, std::string_view method) noexcept {
    if (m.type == message::kind::error)
        return vmcp::answer_kind::error;
    return m.tool_failed && method == "tools/call" ? vmcp::answer_kind::tool_error
                                                   : vmcp::answer_kind::result;
}

std::optional<std::uint64_t> our_id(std::string_view raw) noexcept {
    if (raw.size() > 2 && raw.front() == '"' && raw.back() == '"')
        raw = raw.substr(1, raw.size() - 2);
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(raw.begin(), raw.end(), id);
    // We write no leading zeros.
    if (error != std::errc{} || end != raw.end() || (raw.front() == '0' && raw.size() > 1))
        return std::nullopt;
    return id;
}

void message_sequence::open(std::string_view text) {
    constexpr std::size_t most = 1000; // in one batch
    single_ = {};
    batch_.clear();
    at_ = 0;
    if (!vmcp::looks_like_batch(text)) {
        single_ = text;
        return;
    }
    if (auto parts = vmcp::read_batch(text, most, backend_json_depth))
        batch_ = std::move(*parts);
}

bool message_sequence::next(message& out) {
    const auto read = [&out](std::string_view text) {
        auto m = vmcp::read_message(text, backend_json_depth);
        if (m)
            out = *m;
        return m.has_value();
    };
    if (!single_.empty())
        return read(std::exchange(single_, {}));
    while (at_ < batch_.size())
        if (read(batch_[at_++]))
            return true;
    return false;
}

} // namespace transport
