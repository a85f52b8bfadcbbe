#include "vmcp/replicas/replica_message.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vmcp {
namespace {

constexpr std::array<std::string_view, 3> words{"ended", "changed", "said"};
constexpr std::size_t digest_length = 64;

// As deep as a message of a client may be, and one level more.
constexpr unsigned depth = 513;

} // namespace

std::string write_replica_message(const replica_message& m) {
    auto out = fmt::format(R"({{"v":1,"from":{},"kind":"{}","session":"{}")", m.from,
                           words[static_cast<std::size_t>(m.what_for)], m.session);
    if (!m.message.empty())
        out.append(R"(,"message":)").append(m.message);
    return out + "}";
}

std::optional<replica_message> read_replica_message(std::string_view text) {
    if (!json_valid(text, depth) || json_member(text, "v", depth).raw != "1")
        return std::nullopt;
    replica_message out;
    const auto kind = json_member(text, "kind", depth).raw;
    const auto word = std::ranges::find_if(words, [&](std::string_view w) {
        return kind.size() == w.size() + 2 && kind.substr(1, w.size()) == w;
    });
    const auto from = json_member(text, "from", depth).raw;
    const auto session = json_member(text, "session", depth).raw;
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), out.from);
    if (word == words.end() || error != std::errc{} || end != from.data() + from.size() ||
        session.size() != digest_length + 2)
        return std::nullopt;
    out.what_for = static_cast<replica_message::kind>(word - words.begin());
    out.session = session.substr(1, digest_length);
    out.message = json_member(text, "message", depth).raw;
    if (out.message.empty() != (out.what_for != replica_message::kind::said))
        return std::nullopt;
    return out;
}

} // namespace vmcp
