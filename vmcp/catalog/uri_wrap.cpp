#include "vmcp/catalog/uri_wrap.hpp"

#include "vmcp/base/uri_normal.hpp"
#include "vmcp/catalog/stable_hash.hpp"

#include "vmcp/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmcp {
namespace {

constexpr std::string_view wrap_prefix = "mcp+";

std::string only_scheme_characters(std::string_view name) {
    std::string out = lowered(name);
    for (char& c : out)
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.')
            c = '-';
    return out;
}

} // namespace

uri_wrapper::uri_wrapper(const std::vector<std::string>& backends) {
    std::set<std::string> taken(backends.begin(), backends.end());
    for (std::uint32_t i = 0; i < backends.size(); ++i) {
        std::string scheme = only_scheme_characters(backends[i]);
        if (scheme != backends[i]) {
            const std::string stem = scheme;
            std::uint64_t seed = 0;
            do
                scheme = fmt::format("{}-{:08x}", stem, stable_hash(backends[i], seed++) & 0xFFFFFFFF);
            while (!taken.insert(scheme).second);
        }
        schemes_.push_back(fmt::format("{}{}:", wrap_prefix, scheme));
        by_scheme_.emplace_back(schemes_.back(), i);
    }
    std::sort(by_scheme_.begin(), by_scheme_.end());
}

std::string uri_wrapper::wrap(std::uint32_t backend, std::string_view uri) const {
    return schemes_[backend] + std::string(uri);
}

std::optional<std::pair<std::uint32_t, std::string_view>> uri_wrapper::unwrap(std::string_view uri) const {
    if (!looks_wrapped(uri))
        return std::nullopt;
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const std::string scheme = lowered(uri.substr(0, colon + 1));
    const auto found =
        std::lower_bound(by_scheme_.begin(), by_scheme_.end(), std::pair{scheme, std::uint32_t{0}});
    if (found == by_scheme_.end() || found->first != scheme)
        return std::nullopt;
    return std::pair{found->second, uri.substr(colon + 1)};
}

std::string uri_wrapper::normal(std::string_view uri) const {
    const auto wrapped = unwrap(uri);
    return wrapped ? wrap(wrapped->first, normal_uri(wrapped->second)) : normal_uri(uri);
}

bool uri_wrapper::looks_wrapped(std::string_view uri) noexcept {
    return istarts_with(uri, wrap_prefix);
}

bool uri_wrapper::wrappable(std::string_view uri) noexcept {
    return !istarts_with(uri, "http:") && !istarts_with(uri, "https:");
}

} // namespace vmcp
