#include "vmcp/cluster/status_target.hpp"

#include "transport/kube/cluster_access.hpp"
#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace vmcp {
namespace {

// A DNS subdomain (RFC 1123), in one piece: it stands in a path.
bool is_object_name(std::string_view text) {
    constexpr std::size_t longest = 253;
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, plain) &&
           text.front() != '.' && text.front() != '-' && text.find("..") == std::string_view::npos;
}

} // namespace

std::string status_target::path() const {
    return fmt::format("/apis/toolhive.stacklok.dev/v1beta1/namespaces/{}/virtualmcpservers/{}", name_space,
                       name);
}

result<std::optional<status_target>> status_target_of(const std::optional<std::string>& name,
                                                      const std::optional<std::string>& name_space) {
    const auto empty = [](const std::optional<std::string>& text) { return !text || text->empty(); };
    if (empty(name) || empty(name_space))
        return std::optional<status_target>();
    if (!is_object_name(*name))
        return fail(errc::config, fmt::format("VMCP_NAME: '{}' is no name of an object", excerpt_of(*name)));
    if (!kube::is_namespace_name(*name_space))
        return fail(errc::config,
                    fmt::format("VMCP_NAMESPACE: '{}' is no name of a namespace", excerpt_of(*name_space)));
    return std::optional(status_target{*name, *name_space});
}

} // namespace vmcp
