// What the log is told when more is hidden than before.
#pragma once

#include "vmcp/catalog/catalog.hpp"

#include <set>
#include <string>
#include <vector>

namespace vmcp {

// The lines about what is hidden in `after` and was not in `before`: one for each entry where a backend has few, one for all
// of a backend that has many, and never more than some dozens. Backends in `withdrawn` were told of already. Pure; takes time
// in proportion to both lists.
[[nodiscard]] std::vector<std::string> hidden_news(const std::vector<hidden_entry>& before,
                                                   const std::vector<hidden_entry>& after,
                                                   const std::set<std::string>& withdrawn);

} // namespace vmcp
