// Media ranges and media types, without a table of all the types that exist.
#include "transport/http/accept.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/media_type.hpp"

#include <algorithm>
#include <charconv>

namespace transport {

namespace {

constexpr std::string_view blank = " \t";

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// Where the next `separator` that stands outside a quoted string is.
std::size_t end_of_part(std::string_view text, char separator) noexcept {
    const std::size_t first = std::min(text.find(separator), text.size());
    if (text.substr(0, first).find('"') == std::string_view::npos)
        return first;
    bool quoted = false;
    std::size_t i = 0;
    for (; i < text.size() && (quoted || text[i] != separator); ++i) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (quoted && text[i] == '\\')
            ++i;
    }
    return i;
}

// Cuts the part before the next `separator` that stands outside a quoted string off `rest`.
std::string_view cut(std::string_view& rest, char separator) noexcept {
    const std::size_t i = end_of_part(rest, separator);
    const auto part = rest.substr(0, i);
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return trimmed(part);
}

// From 0, "not acceptable", to 1. A parameter that is no weight, or none that can be read, says nothing: 1.
double weight_of(std::string_view parameter) noexcept {
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos || !vmcp::iequals(trimmed(parameter.substr(0, equals)), "q"))
        return 1;
    const auto text = trimmed(parameter.substr(equals + 1));
    double weight = 1;
    if (!text.empty() && text.front() >= '0' && text.front() <= '9')
        std::from_chars(text.data(), text.data() + text.size(), weight, std::chars_format::fixed);
    return std::min(weight, 1.0);
}

} // namespace

void accepted_media::add(std::string_view accept) {
    while (!accept.empty())
        add_range(cut(accept, ','));
}

void accepted_media::add_range(std::string_view range) {
    const auto type = cut(range, ';');
    given_ = given_ || !type.empty();
    double weight = 1;
    while (!range.empty())
        weight = std::min(weight, weight_of(cut(range, ';')));

    // Some old clients write a lone asterisk.
    if (type == "*/*" || type == "*") {
        choose(json_, 1, weight);
        choose(event_stream_, 1, weight);
    } else if (vmcp::iequals(type, "application/*")) {
        choose(json_, 2, weight);
    } else if (vmcp::iequals(type, "text/*")) {
        choose(event_stream_, 2, weight);
    } else if (vmcp::iequals(type, "application/json")) {
        note(named::json);
        choose(json_, 3, weight);
    } else if (vmcp::iequals(type, "text/event-stream")) {
        note(named::event_stream);
        choose(event_stream_, 3, weight);
    }
}

void accepted_media::choose(choice& choice, std::uint8_t specificity, double weight) {
    if (specificity > choice.specificity)
        choice = {weight, specificity};
    else if (specificity == choice.specificity)
        choice.weight = std::max(choice.weight, weight);
}

bool is_json(std::string_view content_type) noexcept {
    return vmcp::is_media_type(content_type, "application/json");
}

bool is_event_stream(std::string_view content_type) noexcept {
    return vmcp::is_media_type(content_type, "text/event-stream");
}

} // namespace transport
