// Where the test vectors of other projects are, and how tests read them.
#pragma once

#include "source_dir.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace auth {

inline std::filesystem::path vectors(std::string_view file) {
    const char* const given = std::getenv("VMCP_VECTORS");
    const auto root = given != nullptr ? std::filesystem::path(given)
                                       : std::filesystem::path(VMCP_SOURCE_DIR) / "../shared/vectors";
    return root / file;
}

inline nlohmann::json read_vectors(std::string_view file) {
    std::ifstream in(vectors(file));
    return nlohmann::json::parse(in);
}

} // namespace auth
