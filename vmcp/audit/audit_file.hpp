// Where audit lines go: a file, or standard output.
#pragma once

#include "vmcp/base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// What takes text and may fail at any time.
class line_output {
public:
    virtual ~line_output() = default;
    // How many bytes of the front were taken, at least one; or why none.
    [[nodiscard]] virtual result<std::size_t> write(std::string_view text) = 0;
    // For people.
    [[nodiscard]] virtual std::string name() const = 0;
};

// Opens a file at its end; makes one that only this user can read and write (mode 0600) where there is none. An empty path is
// standard output. What is written waits for no reader: after a tenth of a second without room it fails. Fails with errc::io.
[[nodiscard]] result<std::unique_ptr<line_output>> open_audit_file(const std::string& path);

} // namespace vmcp
