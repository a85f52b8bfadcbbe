#include "transport/http/redirect.hpp"

#include <algorithm>

namespace transport {
namespace {

// "/a/b/../c" is "/a/c" (RFC 3986 section 5.2.4).
std::string without_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto end = std::min(path.find('/', 1), path.size());
        const auto segment = path.substr(0, end); // with its slash
        path.remove_prefix(end);
        const bool last = path.empty();
        if (segment == "/." || segment == "/..") {
            if (segment == "/..")
                out.erase(std::min(out.rfind('/'), out.size()));
            if (last)
                out += '/';
        } else {
            out += segment;
        }
    }
    return out.empty() ? "/" : out;
}

std::string normal(std::string_view target) {
    const auto query = std::min(target.find('?'), target.size());
    return without_dot_segments(target.substr(0, query)).append(target.substr(query));
}

// The reference as an absolute URL; empty where it has a scheme of its own that is not http.
std::string absolute(const vmcp::url& asked, std::string_view reference) {
    const std::string scheme = asked.tls ? "https:" : "http:";
    const std::string origin = scheme + "//" + asked.authority;
    if (reference.find("://") < reference.find_first_of("/?"))
        return std::string(reference);
    if (reference.starts_with("//"))
        return scheme + std::string(reference);
    if (reference.starts_with('/'))
        return origin + std::string(reference);
    const std::string_view path = std::string_view(asked.target).substr(0, asked.target.find('?'));
    if (reference.empty() || reference.starts_with('?'))
        return origin + std::string(path) + std::string(reference);
    if (reference.find(':') < reference.find_first_of("/?"))
        return {};
    return origin + std::string(path.substr(0, path.rfind('/') + 1)) + std::string(reference);
}

} // namespace

std::optional<std::string> same_origin_target(const vmcp::url& asked, std::string_view location) {
    const auto reference = location.substr(0, location.find('#'));
    if (location.empty())
        return std::nullopt;
    const auto to = vmcp::parse_url(absolute(asked, reference));
    if (!to || !to->same_origin(asked))
        return std::nullopt;
    return normal(to->target);
}

std::string without_user_info(std::string_view location) {
    const auto slashes = location.find("//");
    if (slashes == std::string_view::npos || slashes > location.find_first_of("?#"))
        return std::string(location);
    const auto begin = slashes + 2;
    const auto end = std::min(location.find_first_of("/?#", begin), location.size());
    const auto at = location.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < begin)
        return std::string(location);
    return std::string(location.substr(0, begin)).append(location.substr(at + 1));
}

std::string redirect_target(unsigned status, const vmcp::url& to, std::string_view target,
                            std::string_view location) {
    if (!keeps_request(status))
        return {};
    auto asked = to;
    if (!target.empty())
        asked.target = target;
    return same_origin_target(asked, location).value_or("");
}

} // namespace transport
