// kubeconfig files from anywhere: never a crash, and what is taken of one can be used: a URL that parses, and certificate and key
// together or not at all.
#include "vmcp/base/url.hpp"
#include "vmcp/cluster/kubeconfig.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const kube::surroundings around{[](std::string_view) { return std::optional<std::string>(); },
                                    [](const std::string& path) -> vmcp::result<std::string> {
                                        if (path.find('N') != std::string::npos)
                                            return vmcp::fail(vmcp::errc::io, "missing");
                                        return std::string("content");
                                    }};
    const auto access = vmcp::read_kubeconfig(text, "/folder/config", around);
    if (!access) {
        require(!access.error().message().empty());
        return 0;
    }
    require(vmcp::parse_url(access->server).has_value());
    require(access->client_certificate.empty() == access->client_key.empty());
    return 0;
}
