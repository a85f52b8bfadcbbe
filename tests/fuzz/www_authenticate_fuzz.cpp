// Fuzzes the reading of WWW-Authenticate fields. What was read, written out plainly, must read as the same.
#include "auth/tokens/www_authenticate.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = auth::read_challenges(text);
    if (!read)
        return 0;
    std::string plain;
    for (const auto& one : *read) {
        plain.append(plain.empty() ? "" : ", ").append(one.scheme);
        std::string_view before = " ";
        for (const auto& [name, value] : one.parameters) {
            plain.append(before).append(name).append("=\"");
            for (const char c : value)
                plain.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
            plain.append("\"");
            before = ", ";
        }
    }
    const auto again = auth::read_challenges(plain);
    if (!again || *again != *read)
        std::abort();
    return 0;
}
