// The schema table as JSON Schema, for editors and checks in CI.
#pragma once

#include <string>

namespace vmcp {

// JSON Schema 2020-12 of the configuration, indented, with a final line end. A text that it accepts has known
// keys and well-formed values; rules between keys are checked by load_config only. Wherever a value is not
// text, a text that holds ${...} is accepted too.
[[nodiscard]] std::string config_json_schema();

} // namespace vmcp
