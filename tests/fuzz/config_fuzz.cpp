// Configuration text from anywhere: never a crash, never a hang, and every problem has a line of the text.
// What loads also loads again from the same text, and what init makes of it loads too.
#include "vmcp/yaml/init_config.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

// Names that start with 'N' are missing; the rest is there.
vmcp::config_sources sources() {
    return {[](std::string_view name) -> std::optional<std::string> {
                return name.starts_with('N') ? std::nullopt : std::optional<std::string>("1");
            },
            [](const std::string& path) -> vmcp::result<std::string> {
                if (path.find('N') != std::string::npos)
                    return vmcp::fail(vmcp::errc::io, "missing");
                return std::string("-----BEGIN CERTIFICATE----- PRIVATE KEY");
            }};
}

void check_places(const std::vector<vmcp::config_problem>& problems, std::string_view text) {
    unsigned lines = 1;
    for (const char c : text)
        lines += c == '\n' ? 1u : 0u;
    for (const auto& problem : problems) {
        require(problem.at.line >= 1 && problem.at.line <= lines + 1);
        require(problem.at.column >= 1);
        require(!problem.message.empty());
        require(!vmcp::format_problem(problem).empty());
    }
}

void check_init(std::string_view text) {
    const auto made = vmcp::init_from_client_file(text, "mcp.json");
    check_places(made.problems, text);
    require(made.yaml.empty() == !made.problems.empty());
    // Values that it names may not fit their place; without any the text must load.
    if (!made.yaml.empty() && made.yaml.find("${") == std::string::npos)
        require(static_cast<bool>(vmcp::load_config_text(made.yaml, "made.yaml", sources())));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto out = vmcp::load_config_text(text, "fuzz.yaml", sources());
    require(out.value.has_value() || !out.problems.empty());
    // Problems beside a value are those of backends that say so.
    require(!out.value || out.problems.empty() ||
            std::ranges::all_of(out.problems, [](const auto& one) { return one.of_machine; }));
    check_places(out.problems, text);
    if (out.value)
        require(vmcp::load_config_text(text, "fuzz.yaml", sources()).value == out.value);
    check_init(text);
    return 0;
}
