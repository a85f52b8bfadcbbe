// The status page's files, built into the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace vmcp {

struct ui_file {
    std::string_view name{}; // "index.html"
    std::string_view content_type{};
    std::string_view body{};
};

[[nodiscard]] std::span<const ui_file> ui_files() noexcept;

} // namespace vmcp
