#include "transport/mcp/back/backend_fields.hpp"

#include "transport/http/client_exchange.hpp"
#include "vmcp/base/ascii.hpp"

#include <algorithm>

namespace transport {

std::vector<header_field> backend_fields(std::string_view accept, const established* session,
                                         const vmcp::credential& credential, std::string_view via,
                                         const header_list* of_call, const header_list* signature) {
    std::vector<header_field> out;
    out.reserve(credential.fields.size() + 9);
    out.push_back({"Accept", accept});
    if (session != nullptr) {
        out.push_back({"MCP-Protocol-Version", vmcp::text_of(session->version)});
        if (!session->session_id.empty())
            out.push_back({"Mcp-Session-Id", session->session_id});
    }
    if (!via.empty())
        out.push_back({"Via", via});
    for (const auto& [name, value] : credential.fields)
        out.push_back({name, value});
    if (signature != nullptr)
        for (const auto& [name, value] : *signature)
            out.push_back({name, value});
    const auto add = [&out](const header_list& of_client) {
        for (const auto& [name, value] : of_client)
            if (std::ranges::none_of(out, [&](const header_field& f) { return vmcp::iequals(f.name, name); }))
                out.push_back({name, value});
    };
    if (of_call != nullptr)
        add(*of_call);
    if (session != nullptr)
        add(session->headers);
    return out;
}

header_list signature_of(const vmcp::credential& credential, std::string_view method, const vmcp::url& to,
                         std::string_view target, const vmcp::gather* body) {
    if (!credential.signer)
        return {};
    vmcp::signable_request request{.method = method,
                                   .authority = to.authority,
                                   .target = target.empty() ? std::string_view(to.target) : target};
    if (body != nullptr) {
        request.content_type = exchange_request{}.content_type;
        request.body = body->pieces();
    }
    return credential.signer->sign(request);
}

} // namespace transport
