// A world of its own for configuration tests: variables and files in maps, and short ways to load text.
#pragma once

#include "vmcp/yaml/load_config.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace vmcp::test {

inline constexpr std::string_view one_backend = "backends: [{name: a, url: 'http://h/mcp'}]\n";
inline constexpr std::string_view certificate_pem =
    "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
inline constexpr std::string_view key_pem = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";

struct world {
    std::map<std::string, std::string> variables{};
    std::map<std::string, std::string> files{};

    config_sources sources() const&& = delete;

    // Looks into this world, which must outlive it.
    [[nodiscard]] config_sources sources() const& {
        return {[this](std::string_view name) -> std::optional<std::string> {
                    const auto found = variables.find(std::string(name));
                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
                [this](const std::string& path) -> result<std::string> {
                    const auto found = files.find(path);
                    if (found == files.end())
                        return fail(errc::io, "No such file or directory");
                    return found->second;
                }};
    }

    [[nodiscard]] loaded_config load(std::string_view text) const {
        return load_config_text(text, "conf/vmcp.yaml", sources());
    }

    // The configuration of a text that must be fine.
    [[nodiscard]] config good(std::string_view text) const {
        auto out = load(text);
        EXPECT_TRUE(out) << text << "\n" << format_problems(out.problems);
        return out ? std::move(*out.value) : config{};
    }

    // All problems of a text that must not be fine.
    [[nodiscard]] std::string bad(std::string_view text) const {
        const auto out = load(text);
        EXPECT_FALSE(out) << text;
        return format_problems(out.problems);
    }
};

} // namespace vmcp::test
