#include "transport/mcp/stdio/overlong_answer.hpp"

#include "vmcp/model/peer_message.hpp"

#include <algorithm>

namespace transport {

namespace {

constexpr std::string_view blanks = " \t\r\n";

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

bool skip(std::string_view& text, std::string_view word) {
    skip_blanks(text);
    if (!text.starts_with(word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

// The scalar that `text` begins with: a number, or a string without escapes. Empty: it is none of these, or cut.
std::string_view scalar(std::string_view& text) {
    skip_blanks(text);
    const bool quoted = text.starts_with('"');
    const auto end = quoted ? text.find('"', 1) : text.find_first_not_of("0123456789");
    if (end == std::string_view::npos)
        return {};
    const auto out = text.substr(0, end + (quoted ? 1 : 0));
    text.remove_prefix(out.size());
    return out;
}

// {"jsonrpc":"2.0","id":7,"result": ... in any order, as far as members are scalars.
std::optional<std::uint64_t> id_in_head(std::string_view head) {
    std::optional<std::uint64_t> id;
    if (!skip(head, "{"))
        return std::nullopt;
    for (;;) {
        const auto name = scalar(head);
        if (name.empty() || !skip(head, ":"))
            return std::nullopt;
        if (name == R"("result")" || name == R"("error")")
            return id;
        const auto value = scalar(head);
        if (value.empty() || name == R"("method")")
            return std::nullopt;
        if (name == R"("id")")
            id = vmcp::our_id(value);
        if (!skip(head, ","))
            return std::nullopt;
    }
}

// ...},"jsonrpc":"2.0","id":7}
std::optional<std::uint64_t> id_in_tail(std::string_view tail) {
    const auto at = tail.rfind(R"("id")");
    if (at == std::string_view::npos)
        return std::nullopt;
    auto rest = tail.substr(at + 4);
    if (!skip(rest, ":"))
        return std::nullopt;
    const auto id = vmcp::our_id(scalar(rest));
    if (skip(rest, ",") && !(skip(rest, R"("jsonrpc")") && skip(rest, ":") && !scalar(rest).empty()))
        return std::nullopt;
    skip_blanks(rest);
    const bool closes = skip(rest, "}");
    skip_blanks(rest);
    return closes && rest.empty() ? id : std::nullopt;
}

} // namespace

std::optional<std::uint64_t> id_of_overlong_answer(std::string_view head, std::string_view tail) {
    if (const auto id = id_in_head(head))
        return id;
    auto start = head;
    // The other order: the result came first.
    const bool answers = skip(start, "{") && (skip(start, R"("result")") || skip(start, R"("error")") ||
                                              skip(start, R"("jsonrpc")"));
    return answers ? id_in_tail(tail) : std::nullopt;
}

} // namespace transport
