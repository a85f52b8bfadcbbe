#include "transport/mcp/front/modern_envelope.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>

namespace transport {

using vmcp::errc;
using vmcp::fail;

namespace {

constexpr std::string_view reserved_prefix = "io.modelcontextprotocol/";
constexpr std::string_view version_key = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view capabilities_key = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view level_key = "io.modelcontextprotocol/logLevel";

// The member of the request that Mcp-Name repeats; empty for methods without one.
const vmcp::json_slice* named_by(const vmcp::message& m) {
    if (m.method == "tools/call" || m.method == "prompts/get")
        return &m.param.name;
    return m.method == "resources/read" ? &m.param.uri : nullptr;
}

bool is_date(std::string_view text) noexcept {
    constexpr std::string_view form = "dddd-dd-dd";
    return text.size() == form.size() && std::ranges::equal(text, form, [](char c, char f) {
               return f == 'd' ? c >= '0' && c <= '9' : c == f;
           });
}

vmcp::failure mismatch(std::string_view field, std::string_view problem) {
    return fail(errc::header_mismatch, fmt::format("{} {}", field, problem));
}

// The header must be there and say the same as the body.
vmcp::result<void> check_mirror(std::string_view field, const std::optional<std::string_view>& value,
                                std::string_view body) {
    if (!value)
        return mismatch(field, "is missing");
    if (*value != body)
        return mismatch(field, "is not what the body says");
    return {};
}

vmcp::result<void> check_revision(const request_fields& fields, const std::string& named) {
    if (fields.protocol_version != named)
        return mismatch("MCP-Protocol-Version",
                        fields.protocol_version ? "is not what _meta says" : "is missing");
    if (named == vmcp::stateless_version)
        return {};
    auto why = fail(errc::unsupported_revision, vmcp::excerpt_of(named));
    why.data = fmt::format(R"({{"supported":["{}"],"requested":{}}})", vmcp::stateless_version,
                           vmcp::quoted(vmcp::excerpt_of(named)));
    return why;
}

vmcp::result<void> check_mirrors(const request_fields& fields, const vmcp::message& m) {
    if (!fields.mirror_contradiction.empty())
        return mismatch(fields.mirror_contradiction, "is given twice, with different values");
    if (auto method = check_mirror("Mcp-Method", fields.mcp_method, m.method); !method)
        return method;
    const auto* named = named_by(m);
    if (named == nullptr || (named->empty() && !fields.mcp_name))
        return {}; // what lacks its name is told so as a parameter
    const auto text = fields.mcp_name ? mirrored_text(*fields.mcp_name) : std::nullopt;
    if (fields.mcp_name && !text)
        return mismatch("Mcp-Name", "is not valid base64");
    return check_mirror("Mcp-Name", text, vmcp::unquoted(named->raw).value_or(""));
}

} // namespace

std::optional<std::string> named_revision(const vmcp::message& m) {
    if (m.param.meta.kind != vmcp::json_kind::object)
        return std::nullopt;
    const auto named = vmcp::json_member(m.param.meta.raw, version_key);
    if (named.empty())
        return std::nullopt;
    return named.kind == vmcp::json_kind::string ? vmcp::unquoted(named.raw).value_or("") : std::string();
}

bool is_stateless_revision(std::string_view version) noexcept {
    return is_date(version) && version >= vmcp::stateless_version;
}

bool speaks_stateless(const request_fields& fields, const vmcp::message& m) {
    return (fields.protocol_version && is_stateless_revision(*fields.protocol_version)) || named_revision(m);
}

vmcp::result<modern_envelope> read_modern_envelope(const request_fields& fields, const vmcp::message& m) {
    const auto named = named_revision(m);
    if (!named || named->empty())
        return fail(errc::incomplete_envelope, fmt::format("_meta must have \"{}\"", version_key));
    const auto declared = vmcp::json_member(m.param.meta.raw, capabilities_key);
    if (declared.kind != vmcp::json_kind::object || declared.empty())
        return fail(errc::incomplete_envelope, fmt::format("_meta must have \"{}\"", capabilities_key));
    if (auto revision = check_revision(fields, *named); !revision)
        return revision.error();
    if (auto mirrors = check_mirrors(fields, m); !mirrors)
        return mirrors.error();

    modern_envelope out{.can = vmcp::read_client_capabilities(declared.raw)};
    if (const auto level = vmcp::json_optional(m.param.meta.raw, level_key); !level.empty())
        out.level = vmcp::parse_log_level(vmcp::unquoted(level.raw).value_or(""));
    return out;
}

vmcp::failure unknown_level() {
    return fail(errc::invalid_params,
                fmt::format("\"{}\" must be one of {}", level_key, fmt::join(vmcp::log_level_texts, ", ")));
}

std::optional<std::string> mirrored_text(std::string_view value) {
    constexpr std::string_view before = "=?base64?";
    constexpr std::string_view after = "?=";
    if (!value.starts_with(before) || !value.ends_with(after) || value.size() < before.size() + after.size())
        return std::string(value);
    value.remove_prefix(before.size());
    value.remove_suffix(after.size());
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto length = std::min(value.find_first_not_of(alphabet), value.size());
    const auto padding = value.substr(length);
    if (value.size() % 4 != 0 || (padding != "" && padding != "=" && padding != "=="))
        return std::nullopt;
    std::string out(value.size() / 4 * 3, '\0');
    const int n =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()));
    if (n < 0)
        return std::nullopt;
    out.resize(static_cast<std::size_t>(n) - padding.size());
    return out;
}

std::string without_envelope(const vmcp::message& m) {
    const auto meta =
        m.param.meta.empty() ? "{}" : vmcp::without_members(m.param.meta.raw, [](std::string_view key) {
            return key.starts_with(reserved_prefix);
        });
    vmcp::splice text(m.whole);
    if (m.param.request_state.empty() && m.param.input_responses.empty()) {
        text.replace(m.param.meta.raw, meta);
        return text.pieces().str();
    }
    const auto params = vmcp::without_members(m.params.raw, [](std::string_view key) {
        return key == "_meta" || key == "requestState" || key == "inputResponses";
    });
    const std::string with_meta =
        fmt::format(R"({{"_meta":{}{}{})", meta, params.size() > 2 ? "," : "", params.substr(1));
    text.replace(m.params.raw, with_meta);
    return text.pieces().str();
}

} // namespace transport
