#include "transport/kube/watch_lines.hpp"

#include <utility>

namespace kube {

watch_lines::end watch_lines::feed(std::string_view piece,
                                   const std::function<bool(std::string_view)>& take) {
    while (!piece.empty()) {
        const auto at = piece.find('\n');
        const auto part = piece.substr(0, at);
        if (begun_.size() + part.size() > longest_)
            return end::overlong;
        if (at == std::string_view::npos) {
            begun_.append(part);
            return end::more;
        }
        piece.remove_prefix(at + 1);
        std::string joined;
        std::string_view line = part;
        if (!begun_.empty()) {
            joined = std::exchange(begun_, {}).append(part);
            line = joined;
        }
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty() && !take(line))
            return end::stopped;
    }
    return end::more;
}

} // namespace kube
