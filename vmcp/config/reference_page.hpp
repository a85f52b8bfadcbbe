// The schema table as a page for users.
#pragma once

#include <string>

namespace vmcp {

// The Markdown text of docs/configuration.md. A test compares the two; run it with VMCP_UPDATE_DOCS=1 to
// write the file.
[[nodiscard]] std::string config_reference_page();

} // namespace vmcp
