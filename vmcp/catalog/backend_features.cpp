#include "vmcp/catalog/backend_features.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

bool is_true(std::string_view object, std::string_view key) noexcept {
    return json_member(object, key, list_json_depth).raw == "true";
}

// Room for the note and the heading of a section that is cut.
constexpr std::size_t note_size = 128;

// The limit L for which the sum of min(size, L) stays within `room`: short texts are kept whole, long ones
// share what is left.
std::size_t fair_limit(std::vector<std::size_t> sizes, std::size_t room) {
    std::sort(sizes.begin(), sizes.end());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::size_t share = room / (sizes.size() - i);
        if (sizes[i] > share)
            return share;
        room -= sizes[i];
    }
    return sizes.empty() ? 0 : sizes.back();
}

} // namespace

std::string cut_instructions(std::string_view text, std::size_t limit) {
    if (text.size() <= limit)
        return std::string(text);
    std::size_t end = limit > note_size ? limit - note_size : 0;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return fmt::format("{}\n[{} more bytes were left out by the gateway]", text.substr(0, end),
                       text.size() - end);
}

backend_features read_features(std::string_view capabilities) noexcept {
    const auto section = [&](std::string_view key) {
        const json_slice found = json_member(capabilities, key, list_json_depth);
        return found.kind == json_kind::object ? found.raw : std::string_view{};
    };
    const auto tools = section("tools");
    const auto prompts = section("prompts");
    const auto resources = section("resources");
    return {.known = true,
            .tools = !tools.empty(),
            .tools_changed = is_true(tools, "listChanged"),
            .prompts = !prompts.empty(),
            .prompts_changed = is_true(prompts, "listChanged"),
            .resources = !resources.empty(),
            .resources_changed = is_true(resources, "listChanged"),
            .subscribe = is_true(resources, "subscribe"),
            .logging = !section("logging").empty(),
            .completions = !section("completions").empty()};
}

// Always the same, not the union of what the backends declare. A client reads capabilities once, at
// initialize; SDKs then refuse to call a method, or to listen for a list_changed, that was not declared. A
// backend that joins, recovers or is updated later would stay invisible to every session that is open. The
// price is small: for what no backend offers the gateway answers itself, lists and completions are empty and
// the log level is kept for the backends to come. Experimental and unknown capabilities are never repeated:
// they may stand for methods that the gateway cannot route.
std::string_view gateway_capabilities() noexcept {
    return R"({"logging":{},"completions":{},"prompts":{"listChanged":true},)"
           R"("resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":true}})";
}

std::string merge_instructions(std::string_view preamble, const std::vector<instruction_source>& sources) {
    std::vector<std::size_t> sizes;
    std::size_t fixed = 0;
    std::size_t with_text = 0;
    for (const auto& source : sources)
        if (!source.text.empty())
            ++with_text;
    if (!preamble.empty())
        sizes.push_back(preamble.size());
    for (const auto& source : sources) {
        if (source.text.empty())
            continue;
        sizes.push_back(source.text.size());
        fixed += with_text > 1 ? source.backend.size() + 7 : 2; // "\n\n## " and "\n\n"
    }
    const std::size_t limit = fair_limit(sizes, max_instructions - std::min(fixed, max_instructions));
    std::string out = cut_instructions(preamble, limit);
    for (const auto& source : sources) {
        if (source.text.empty())
            continue;
        if (!out.empty())
            out += "\n\n";
        if (with_text > 1)
            out += fmt::format("## {}\n\n", source.backend);
        out += cut_instructions(source.text, limit);
        if (out.size() > max_instructions + note_size)
            break;
    }
    return out;
}

} // namespace vmcp
