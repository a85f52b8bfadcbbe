#include "vmcp/audit/audit_line.hpp"

#include "vmcp/audit/redaction.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <span>

namespace vmcp {
namespace {

constexpr std::size_t longest_word = 256;  // of what peers call themselves and things
constexpr std::size_t longest_name = 1024; // of a tool or URI
using secret_list = std::span<const std::string>;

// RFC 3339 in UTC.
std::string time_text(std::chrono::system_clock::time_point at) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(at);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                       std::chrono::duration_cast<std::chrono::microseconds>(at - whole).count());
}

// Writes the members of JSON objects one after the other.
class object_writer {
public:
    explicit object_writer(std::string& out) : out_(out) {}

    void text(std::string_view key, std::string_view value) {
        name(key);
        append_quoted(out_, value);
    }
    void text_if(std::string_view key, std::string_view value) {
        if (!value.empty())
            text(key, value);
    }
    template <class Number>
    void number(std::string_view key, Number value) {
        name(key);
        fmt::format_to(std::back_inserter(out_), "{}", value);
    }
    void raw(std::string_view key, std::string_view json) {
        name(key);
        out_.append(json);
    }
    void open(std::string_view key) {
        name(key);
        out_.push_back('{');
        first_ = true;
    }
    void close() {
        out_.push_back('}');
        first_ = false;
    }

private:
    void name(std::string_view key) {
        out_.append(first_ ? "" : ",");
        append_quoted(out_, key);
        out_.push_back(':');
        first_ = false;
    }

    std::string& out_;
    bool first_ = true;
};

std::string claim(const audit_record& record, std::string_view name) {
    if (!record.from)
        return {};
    const auto found = json_member(record.from->claims, name);
    return found.kind == json_kind::string ? unquoted(found.raw).value_or("") : std::string();
}

void begin_line(object_writer& to, std::chrono::system_clock::time_point at, std::string_view audit_id,
                std::string_view type, std::string_view outcome, std::string_view component) {
    const auto time = time_text(at);
    to.text("time", time);
    to.text("level", "INFO+2"); // how Go's log/slog writes ToolHive's level for audit events
    to.text("msg", "audit_event");
    to.text("audit_id", audit_id);
    to.text("type", type);
    to.text("logged_at", time);
    to.text("outcome", outcome);
    to.text("component", component);
}

void add_source(object_writer& to, const audit_record& record, secret_list secrets) {
    to.open("source");
    to.text("type", "network");
    to.text("value", record.address);
    to.open("extra");
    to.text_if("user_agent", clean_text(record.user_agent, secrets, longest_word));
    to.text_if("request_id", clean_text(record.request_id, secrets, longest_word));
    to.text_if("session_id", record.session);
    to.close();
    to.close();
}

// ToolHive's order: name, preferred_username, email; a caller without any is "anonymous" there.
void add_subjects(object_writer& to, const audit_record& record, secret_list secrets) {
    const auto word = [&](std::string_view text) { return clean_text(text, secrets, longest_word); };
    std::string user;
    for (const std::string_view name : {"name", "preferred_username", "email"})
        if (user.empty())
            user = claim(record, name);
    const auto either = [&](std::string_view name, const std::string& said) {
        const auto claimed = claim(record, name);
        return word(claimed.empty() ? said : claimed);
    };
    to.open("subjects");
    if (record.from) {
        to.text("user_id", word(record.from->who.subject));
        to.text_if("issuer", word(record.from->who.issuer));
    }
    to.text("user", user.empty() ? "anonymous" : word(user));
    to.text_if("client_name", either("client_name", record.client_name));
    to.text_if("client_version", either("client_version", record.client_version));
    to.close();
}

std::string_view target_type(audit_type type) {
    if (type == audit_type::mcp_tool_call)
        return "tool";
    if (type == audit_type::mcp_resource_read)
        return "resource";
    if (type == audit_type::mcp_prompt_get)
        return "prompt";
    return type == audit_type::sse_connection ? "sse_endpoint" : "endpoint";
}

void add_target(object_writer& to, const audit_record& record, secret_list secrets) {
    to.open("target");
    to.text("endpoint", clean_text(record.endpoint, secrets, longest_word));
    to.text("method",
            clean_text(record.method.empty() ? record.http_method : record.method, secrets, longest_word));
    to.text("type", target_type(record.type));
    to.text_if("name", clean_text(record.name, secrets, longest_name));
    to.close();
}

void add_metadata(object_writer& to, const audit_record& record, secret_list secrets) {
    using std::chrono::duration_cast;
    to.open("metadata");
    to.open("extra");
    to.number("duration_ms", duration_cast<std::chrono::milliseconds>(record.took).count());
    to.number("duration_us", record.took.count());
    to.text("transport", record.type == audit_type::sse_connection ? "streamable-http" : "http");
    to.text_if("backend_name", record.backend);
    if (record.outcome == audit_outcome::denied)
        to.text("decision", "denied");
    else if (record.from)
        to.text("decision", "allowed");
    to.text_if("reason", record.reason);
    if (record.error_code)
        to.number("jsonrpc_error_code", *record.error_code);
    to.text_if("jsonrpc_error_message", clean_text(record.error_message, secrets, longest_word));
    if (record.cancelled)
        to.raw("cancelled", "true");
    if (record.answer_bytes > 0)
        to.number("response_size_bytes", record.answer_bytes);
    to.close();
    to.close();
}

void add_data(object_writer& to, const audit_record& record, const line_terms& terms, secret_list secrets) {
    const auto request = clean_json(record.request, secrets, terms.max_data);
    const auto response = clean_json(record.response, secrets, terms.max_data);
    if (request.empty() && response.empty())
        return;
    to.open("data");
    if (!request.empty())
        to.raw("request", request);
    if (!response.empty())
        to.raw("response", response);
    to.close();
}

} // namespace

std::string audit_line(const audit_record& record, const line_terms& terms, std::string_view audit_id) {
    std::vector<std::string> own;
    if (record.from && !record.from->token.empty())
        own = secret_forms(record.from->token);
    for (const auto& one : record.credentials)
        for (auto& form : secret_forms(one))
            own.push_back(std::move(form));
    if (!own.empty())
        own.insert(own.end(), terms.secrets.begin(), terms.secrets.end());
    const secret_list secrets = own.empty() ? secret_list(terms.secrets) : secret_list(own);

    std::string out = "{";
    object_writer to(out);
    begin_line(to, record.at, audit_id, audit_type_words[static_cast<std::size_t>(record.type)],
               audit_outcome_words[static_cast<std::size_t>(record.outcome)], terms.component);
    add_source(to, record, secrets);
    add_subjects(to, record, secrets);
    add_target(to, record, secrets);
    add_metadata(to, record, secrets);
    add_data(to, record, terms, secrets);
    return out += "}\n";
}

std::string lost_line(std::uint64_t lost, std::chrono::system_clock::time_point now, const line_terms& terms,
                      std::string_view audit_id) {
    std::string out = "{";
    object_writer to(out);
    begin_line(to, now, audit_id, "vmcp_audit_lines_lost", "error", terms.component);
    to.open("source");
    to.text("type", "local");
    to.text("value", "vmcp");
    to.close();
    to.open("subjects");
    to.close();
    to.open("metadata");
    to.open("extra");
    to.number("lost", lost);
    to.close();
    to.close();
    return out += "}\n";
}

} // namespace vmcp
