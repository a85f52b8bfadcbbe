// One request as a backend of the stateless revision gets it (MCP 2026-07-28, basic, "_meta", and
// basic/transports/streamable-http): what it says of itself, and the header fields that repeat the body. Pure.
#pragma once

#include "transport/mcp/back/established.hpp"
#include "vmcp/base/gather.hpp"
#include "vmcp/catalog/mirrored_arguments.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/version.hpp"

#include <string>
#include <string_view>

namespace transport {

// Views live as long as the request that is made of them.
struct modern_request_terms {
    std::string_view raw_id{};      // the gateway's; it is the progress token too
    std::string_view replaced{};    // slice of the message that another text takes the place of; empty: none
    std::string_view replacement{}; // raw JSON
    std::string_view capabilities = "{}";           // raw ClientCapabilities of whoever is asked for answers
    vmcp::log_level level = vmcp::log_level::unset; // of log messages that are wanted; unset: none
    bool wants_progress = false;
    std::string_view raw_parent{}; // of `_meta.traceparent`, a JSON string; empty: the client's own stays
    // Of a retry (basic/patterns/mrtr): raw JSON, as the result before had it; empty: none.
    std::string_view input_responses{};
    std::string_view request_state{};
};

// The text of a client's request, or of one of the gateway's own, under an id of the gateway's: what its `_meta` holds of
// this revision is written anew, and so is what belongs to retries; everything else is the sender's own bytes.
class modern_request {
public:
    // `m` must live as long as this.
    modern_request(const vmcp::message& m, const modern_request_terms& terms);
    modern_request(const modern_request&) = delete;
    modern_request& operator=(const modern_request&) = delete;

    // Good while this lives.
    [[nodiscard]] const vmcp::gather& text() const noexcept { return text_; }

private:
    void write(const vmcp::message& m, const modern_request_terms& terms, std::string_view replaced);

    std::string source_{}; // instead of the message's own text, where that had members in the way
    std::string meta_{};
    std::string inserted_{};
    vmcp::gather text_{};
};

// What a header field says of a text: as it stands, or =?base64?...?= where a field could not carry that, or where it looks
// like that itself ("Value Encoding").
[[nodiscard]] std::string mirrored_value(std::string_view text);

// The fields of a request of `method`, beside those of HTTP: MCP-Protocol-Version, Mcp-Method, and, where the method has them,
// Mcp-Name (`raw_name`: a JSON string) and Mcp-Param-* (of raw `arguments`; an argument that is absent or null has none).
[[nodiscard]] header_list modern_fields(std::string_view method, std::string_view raw_name = {},
                                        const vmcp::mirrored_arguments* mirrored = nullptr,
                                        std::string_view arguments = {});

} // namespace transport
