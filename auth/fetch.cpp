#include "auth/fetch.hpp"

#include "auth/text.hpp"
#include "vmcp/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr seconds least = 5min;
constexpr seconds most = 1h;
constexpr seconds usual = 15min;

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const auto from = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(from);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// The argument of max-age, which some write in quotes. More digits than fit mean for ever.
std::optional<seconds> max_age(std::string_view argument) noexcept {
    if (argument.size() >= 2 && argument.front() == '"' && argument.back() == '"')
        argument = argument.substr(1, argument.size() - 2);
    std::int64_t value = 0;
    const auto read = std::from_chars(argument.data(), argument.data() + argument.size(), value);
    if (argument.empty() || read.ptr != argument.data() + argument.size() || value < 0)
        return std::nullopt;
    return read.ec == std::errc::result_out_of_range ? most : std::min(seconds(value), most);
}

} // namespace

parsed<std::string_view> document_of(const fetch_result& from) {
    if (from.status == 0)
        return flawed("no answer: " + shown(from.error));
    if (from.status >= 300 && from.status < 400)
        return flawed("it redirects to " + shown(from.location) + ", which is not followed");
    if (from.status != 200)
        return flawed("it answered with status " + std::to_string(from.status));
    if (from.truncated || from.body.size() > max_document)
        return flawed("its answer is longer than 512 KiB");
    return std::string_view(from.body);
}

seconds freshness(std::string_view cache_control) noexcept {
    seconds out = usual;
    while (!cache_control.empty()) {
        const auto comma = std::min(cache_control.find(','), cache_control.size());
        const auto directive = trimmed(cache_control.substr(0, comma));
        cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
        const auto equals = std::min(directive.find('='), directive.size());
        const auto name = vmcp::lowered(directive.substr(0, equals));
        if (name == "no-store" || name == "no-cache")
            return least;
        if (name == "max-age" && equals < directive.size())
            out = std::max(max_age(directive.substr(equals + 1)).value_or(out), least);
    }
    return out;
}

milliseconds retry_pause(unsigned failures) noexcept {
    constexpr std::array<milliseconds, 6> pauses{500ms, 1s, 2s, 5s, 10s, 30s};
    return pauses[std::min<std::size_t>(failures > 0 ? failures - 1 : 0, pauses.size() - 1)];
}

} // namespace auth
