// The program's own name and version, as peers and users see them.
#pragma once

#include <string_view>

namespace vmcp {

inline constexpr std::string_view program_name = "vmcp";
inline constexpr std::string_view program_version =
    "0.1.0"; // the same as project(VERSION) in CMakeLists.txt; a test compares them

} // namespace vmcp
