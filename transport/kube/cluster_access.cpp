#include "transport/kube/cluster_access.hpp"

#include "vmcp/base/environment.hpp"
#include "vmcp/base/file_text.hpp"
#include "vmcp/base/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace kube {
namespace {

constexpr std::string_view host_variable = "KUBERNETES_SERVICE_HOST";
constexpr std::string_view port_variable = "KUBERNETES_SERVICE_PORT";

std::string in_folder(std::string_view name) {
    return fmt::format("{}/{}", service_account_folder, name);
}

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    return text;
}

vmcp::result<std::string> server_of(const surroundings& around) {
    const auto host = around.variable(host_variable).value_or("");
    const auto port_text = around.variable(port_variable).value_or("443");
    std::uint16_t port = 0;
    const auto* const end = port_text.data() + port_text.size();
    const auto read = std::from_chars(port_text.data(), end, port);
    if (read.ec != std::errc() || read.ptr != end || port == 0)
        return vmcp::fail(vmcp::errc::config, fmt::format("{} is no port", port_variable));
    auto server = "https://" + vmcp::host_and_port(host, port);
    if (const auto url = vmcp::parse_url(server); !url)
        return vmcp::fail(vmcp::errc::config,
                          fmt::format("{} is no host: {}", host_variable, url.error().detail));
    return server;
}

} // namespace

surroundings own_surroundings() {
    return {[](std::string_view name) { return vmcp::environment(std::string(name)); },
            [](const std::string& path) { return vmcp::read_file(path, vmcp::pipes::refused); }};
}

bool is_in_pod(const surroundings& around) {
    return !around.variable(host_variable).value_or("").empty();
}

vmcp::result<cluster_access> in_cluster_access(const surroundings& around) {
    if (!is_in_pod(around))
        return vmcp::fail(
            vmcp::errc::config,
            fmt::format("this process runs in no pod of a cluster ({} is not set)", host_variable));
    cluster_access out;
    auto server = server_of(around);
    if (!server)
        return server.error();
    out.server = *std::move(server);
    out.ca_path = in_folder("ca.crt");
    out.token_path = in_folder("token");
    auto ca = around.read_file(out.ca_path);
    if (!ca)
        return vmcp::fail(
            vmcp::errc::config,
            fmt::format("{} (does the pod set automountServiceAccountToken: false?)", ca.error().message()));
    out.ca = *std::move(ca);
    if (auto name = around.read_file(in_folder("namespace")))
        if (auto plain = without_line_end(*std::move(name)); is_namespace_name(plain))
            out.name_space = std::move(plain);
    return out;
}

bool is_namespace_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 63;
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= longest && name.front() != '-' && name.back() != '-' &&
           std::ranges::all_of(name, fits);
}

} // namespace kube
