// What vmcp understands of what users come with: the files of MCP clients, and ToolHive's command line and
// endpoints. The page docs/compatibility.md is written from these tables, and tests compare them with the
// program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

enum class support : std::uint8_t {
    same,    // the same name with the same meaning
    refused, // known, and refused by name
    absent,  // not there
};

// A flag, argument or command of ToolHive's vMCP.
struct known_flag {
    std::string_view command; // of vmcp, "" for all of them
    std::string_view flag;    // without its value; empty: the command itself
    support state;
    std::string_view note;
};
[[nodiscard]] std::span<const known_flag> toolhive_flags() noexcept;

// A path that ToolHive's vMCP answers.
struct known_endpoint {
    std::string_view method;
    std::string_view path;
    support state;
    unsigned status; // of the bare request, at a gateway whose backends are healthy; 0: it depends
    std::string_view note;
};
[[nodiscard]] std::span<const known_endpoint> toolhive_endpoints() noexcept;

// An authorization scenario for clients of the official conformance suite, as far as vmcp's side towards backends goes.
struct suite_scenario {
    std::string_view name;
    std::string_view needs; // what vmcp has not, and the scenario is about; empty: it is run
};
[[nodiscard]] std::span<const suite_scenario> suite_scenarios() noexcept;

// One table of the page.
struct page_section {
    std::string title{};
    std::string introduction{};
    std::vector<std::string> columns{};
    std::vector<std::vector<std::string>> rows{}; // as many cells as columns
};

// The tables about clients' files, flags, endpoints, backends and scenarios.
[[nodiscard]] std::vector<page_section> compatibility_sections();

// docs/compatibility.md.
[[nodiscard]] std::string compatibility_page(const std::vector<page_section>& sections);

} // namespace vmcp
