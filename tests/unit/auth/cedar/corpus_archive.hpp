// The official corpus of Cedar, read from its archive.
#pragma once

#include "source_dir.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace auth {

inline std::filesystem::path corpus_path() {
    const char* const vectors = std::getenv("VMCP_VECTORS");
    const auto root = vectors != nullptr ? std::filesystem::path(vectors)
                                         : std::filesystem::path(VMCP_SOURCE_DIR) / "../shared/vectors";
    return root / "cedar" / "corpus-tests.tar.gz";
}

// What gzip unpacks; empty when it fails.
inline std::string unpacked(const std::filesystem::path& archive) {
    std::string bytes;
    FILE* const pipe = ::popen(("gzip -dc '" + archive.string() + "'").c_str(), "r");
    if (pipe == nullptr)
        return bytes;
    std::string buffer(std::size_t{1} << 20, '\0');
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        bytes.append(buffer, 0, count);
    return ::pclose(pipe) == 0 ? bytes : std::string{};
}

// The regular files of a tar archive (POSIX ustar), by path; views of `bytes`.
inline std::map<std::string, std::string_view> files_in(std::string_view bytes) {
    constexpr std::size_t block = 512;
    const auto field = [&](std::size_t at, std::size_t size) {
        const auto raw = bytes.substr(at, size);
        return raw.substr(0, raw.find('\0'));
    };
    std::map<std::string, std::string_view> files;
    for (std::size_t at = 0; at + block <= bytes.size() && bytes[at] != '\0';) {
        const auto size = std::strtoull(std::string(field(at + 124, 12)).c_str(), nullptr, 8);
        std::string name(field(at, 100));
        if (const auto prefix = field(at + 345, 155);
            bytes.substr(at + 257, 6) == std::string_view("ustar\0", 6) && !prefix.empty())
            name = std::string(prefix) + "/" + name;
        if (bytes[at + 156] == '0' || bytes[at + 156] == '\0')
            files.emplace(std::move(name), bytes.substr(at + block, size));
        at += block + (size + block - 1) / block * block;
    }
    return files;
}

} // namespace auth
