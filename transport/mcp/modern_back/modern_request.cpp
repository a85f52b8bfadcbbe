#include "transport/mcp/modern_back/modern_request.hpp"

#include "vmcp/base/base64url.hpp"
#include "vmcp/base/canonical_json.hpp"
#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace transport {
namespace {

constexpr std::string_view reserved = "io.modelcontextprotocol/";
constexpr unsigned any_depth = static_cast<unsigned>(-1); // what was read already is read again

bool is_empty_object(std::string_view object) {
    return object.find_first_not_of(" \t\r\n", 1) == object.size() - 1;
}

// `_meta` of the request: the client's own members but those that are written anew.
std::string meta_of(const vmcp::message& m, const modern_request_terms& terms) {
    std::string out = fmt::format(
        R"({{"{0}protocolVersion":"{1}","{0}clientInfo":{{"name":"vmcp","version":{2}}},)"
        R"("{0}clientCapabilities":{3})",
        reserved, vmcp::stateless_version, vmcp::quoted(vmcp::program_version), terms.capabilities);
    if (terms.level != vmcp::log_level::unset)
        out += fmt::format(R"(,"{}logLevel":"{}")", reserved,
                           vmcp::log_level_texts[static_cast<std::size_t>(terms.level)]);
    if (terms.wants_progress)
        out += fmt::format(R"(,"progressToken":{})", terms.raw_id);
    if (!terms.raw_parent.empty())
        out += fmt::format(R"(,"traceparent":{})", terms.raw_parent);
    if (m.param.meta.kind != vmcp::json_kind::object || m.param.meta.empty())
        return out + "}";
    const auto others = vmcp::without_members(m.param.meta.raw, [&](std::string_view name) {
        return name.starts_with(reserved) || name == "progressToken" ||
               (name == "traceparent" && !terms.raw_parent.empty());
    });
    if (is_empty_object(others))
        return out + "}";
    return out.append(",").append(others.substr(1));
}

// Members that the gateway writes itself, and that a client of sessions may have written all the same; a null in the place of
// `_meta` is none.
bool has_members_in_the_way(const vmcp::message& m) {
    return !m.surplus.front().empty() || !m.param.request_state.empty() || !m.param.input_responses.empty() ||
           (m.param.meta.empty() && m.params.raw.find("\"_meta\"") != std::string_view::npos);
}

std::string members_of_retry(const modern_request_terms& terms) {
    std::string out;
    if (!terms.input_responses.empty())
        out.append(R"("inputResponses":)").append(terms.input_responses).append(",");
    if (!terms.request_state.empty())
        out.append(R"("requestState":)").append(terms.request_state).append(",");
    return out;
}

bool needs_encoding(std::string_view text) {
    if (text.empty())
        return false;
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
    return text.front() == ' ' || text.back() == ' ' || !std::ranges::all_of(text, plain) ||
           (text.starts_with("=?base64?") && text.ends_with("?="));
}

std::optional<std::string> header_text(const vmcp::json_slice& value) {
    switch (value.kind) {
    case vmcp::json_kind::string:
        return vmcp::unquoted(value.raw);
    case vmcp::json_kind::boolean:
        return std::string(value.raw);
    case vmcp::json_kind::number: {
        // 1.0 is an integer, too; what is none is left to the backend to refuse.
        const auto plain = value.raw.find_first_of(".eE") == std::string_view::npos;
        return plain ? std::string(value.raw) : vmcp::canonical_number(value.raw);
    }
    case vmcp::json_kind::object:
    case vmcp::json_kind::array:
    case vmcp::json_kind::null:
        break;
    }
    return std::nullopt;
}

bool has_name(std::string_view method) {
    return method == "tools/call" || method == "prompts/get" || method == "resources/read";
}

} // namespace

modern_request::modern_request(const vmcp::message& m, const modern_request_terms& terms)
    : meta_(meta_of(m, terms)) {
    if (!has_members_in_the_way(m)) {
        write(m, terms, terms.replaced);
        return;
    }
    vmcp::splice named(m.whole);
    named.replace(terms.replaced, terms.replacement);
    vmcp::leave_out(named, m.surplus);
    const std::string text = named.pieces().str();
    const auto with_name = vmcp::read_message(text, any_depth);
    const auto params = vmcp::without_members(with_name->params.raw, [](std::string_view name) {
        return name == "_meta" || name == "requestState" || name == "inputResponses";
    });
    vmcp::splice bare(with_name->whole);
    bare.replace(with_name->params.raw, params);
    source_ = bare.pieces().str();
    write(*vmcp::read_message(source_, any_depth), terms, {});
}

void modern_request::write(const vmcp::message& m, const modern_request_terms& terms,
                           std::string_view replaced) {
    vmcp::splice text(m.whole);
    text.replace(m.id.raw, terms.raw_id);
    text.replace(replaced, terms.replacement);
    inserted_ = members_of_retry(terms);
    if (m.params.empty()) {
        inserted_ = fmt::format(R"(,"params":{{{}"_meta":{}}}}})", inserted_, meta_);
        text.replace(m.whole.substr(m.whole.size() - 1), inserted_);
    } else {
        if (m.param.meta.empty())
            inserted_.append(R"("_meta":)").append(meta_).append(is_empty_object(m.params.raw) ? "" : ",");
        else
            text.replace(m.param.meta.raw, meta_);
        if (!inserted_.empty())
            text.replace(m.params.raw.substr(0, 1), inserted_.insert(0, "{"));
    }
    vmcp::leave_out(text, m.surplus);
    text_ = text.pieces();
}

std::string mirrored_value(std::string_view text) {
    if (!needs_encoding(text))
        return std::string(text);
    auto base64 = vmcp::base64url_encode(text);
    std::ranges::replace(base64, '-', '+');
    std::ranges::replace(base64, '_', '/');
    base64.append((4 - base64.size() % 4) % 4, '=');
    return "=?base64?" + base64 + "?=";
}

header_list modern_fields(std::string_view method, std::string_view raw_name,
                          const vmcp::mirrored_arguments* mirrored, std::string_view arguments) {
    header_list out{{"MCP-Protocol-Version", std::string(vmcp::stateless_version)},
                    {"Mcp-Method", mirrored_value(method)}};
    if (has_name(method))
        if (const auto name = vmcp::unquoted(raw_name))
            out.emplace_back("Mcp-Name", mirrored_value(*name));
    if (mirrored == nullptr)
        return out;
    for (const auto& one : mirrored->all)
        if (const auto value = header_text(vmcp::argument_at(arguments, one.path)))
            out.emplace_back("Mcp-Param-" + one.header, mirrored_value(*value));
    return out;
}

} // namespace transport
