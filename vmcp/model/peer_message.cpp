#include "vmcp/model/peer_message.hpp"

#include <charconv>
#include <utility>

namespace vmcp {

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
    if (!looks_like_batch(text)) {
        single_ = text;
        return;
    }
    if (auto parts = read_batch(text, most, backend_json_depth))
        batch_ = std::move(*parts);
}

bool message_sequence::next(message& out) {
    const auto read = [&out](std::string_view text) {
        auto m = read_message(text, backend_json_depth);
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

} // namespace vmcp
