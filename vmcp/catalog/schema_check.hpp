// Whether clients can compile a JSON Schema: the official TypeScript client compiles the output schemas of all tools when it
// lists them, and one that it cannot compile takes the list with it.
#pragma once

#include <string>
#include <string_view>

namespace vmcp {

struct schema_verdict {
    // Why it cannot be compiled; for people. Empty: it can, as it is or mended.
    std::string problem{};
    // The schema with what could be mended without another meaning; empty: nothing had to be.
    std::string mended{};
};

// `raw` is a JSON object, which is read as JSON Schema in whatever draft, at all depths. Keywords that are null are left out, `[]` for
// an object becomes `{}` and the other way round, and so do "nullable" and "id" where they say nothing. References lead to places
// within the schema.
[[nodiscard]] schema_verdict check_schema(std::string_view raw);

} // namespace vmcp
