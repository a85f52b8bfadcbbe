// Classification of what was met at a backend, and the sentences about it.
#include "health/evidence.hpp"

#include "vmcp/base/event_stream_get.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/shortage.hpp"

#include <boost/system/errc.hpp>
#include <fmt/format.h>

#include <charconv>

namespace health {
namespace {

std::string duration_text(microseconds span) {
    const double seconds = std::chrono::duration<double>(span).count();
    return seconds >= 1.0 ? fmt::format("{:.3g} s", seconds) : fmt::format("{:.3g} ms", seconds * 1000.0);
}

std::string in_brackets(std::string_view detail) {
    return detail.empty() ? std::string{} : fmt::format(" ({})", detail);
}

std::string_view peer_or_backend(const evidence& evidence) {
    return evidence.peer.empty() ? std::string_view("the backend") : std::string_view(evidence.peer);
}

std::string asked(const evidence& evidence) {
    return evidence.method.empty() ? std::string("the request") : evidence.method;
}

std::string behind_colon(std::string_view words) {
    return words.empty() ? std::string{} : fmt::format(": {}", words);
}

std::string body_text(const evidence& evidence) {
    switch (evidence.body) {
    case body_kind::none:
        return {};
    case body_kind::empty:
        return ", empty body";
    case body_kind::rpc_error:
        return fmt::format(", JSON-RPC error {}{}", evidence.rpc_code, behind_colon(evidence.excerpt));
    case body_kind::json:
    case body_kind::html:
    case body_kind::text:
    case body_kind::binary:
        return fmt::format(", {} body{}", name_of(evidence.body), behind_colon(evidence.excerpt));
    }
    return {};
}

std::string timeout_text(const evidence& evidence) {
    const std::string span = duration_text(evidence.latency);
    switch (evidence.where) {
    case stage::resolve:
        return fmt::format("the name lookup did not end within {}", span);
    case stage::connect:
        return fmt::format("no connection to {} within {}", peer_or_backend(evidence), span);
    case stage::handshake:
        return fmt::format("the TLS handshake with {} did not end within {}", peer_or_backend(evidence),
                           span);
    case stage::exchange:
        return fmt::format("{} did not answer {} within {}", peer_or_backend(evidence), asked(evidence),
                           span);
    }
    return {};
}

std::string status_text(const evidence& evidence) {
    std::string text = fmt::format("{} answered {} with HTTP {}{}", peer_or_backend(evidence),
                                   asked(evidence), evidence.status, body_text(evidence));
    if (evidence.status >= 300 && evidence.status < 400 && !evidence.detail.empty())
        text += fmt::format("; it redirects to {}, which is not followed: is that the right url?",
                            evidence.detail);
    if (evidence.status == 404 || evidence.status == 405)
        text += evidence.method == vmcp::event_stream_get
                    ? "; is this the URL of the event stream of an HTTP+SSE server?"
                    : "; is this the URL of a Streamable HTTP endpoint? One of HTTP+SSE needs transport: sse";
    return text;
}

std::string auth_text(const evidence& evidence) {
    const std::string_view refusal =
        evidence.credentials_sent ? "refused the configured credentials for" : "wants authentication for";
    const std::string code =
        evidence.status == 0 ? std::string{} : fmt::format(" with HTTP {}", evidence.status);
    return fmt::format("{} {} {}{}{}", peer_or_backend(evidence), refusal, asked(evidence), code,
                       body_text(evidence));
}

std::string wrong_protocol_text(const evidence& evidence) {
    const std::string code =
        evidence.status == 0 ? std::string("something") : fmt::format("HTTP {}", evidence.status);
    return fmt::format("{} answered {} with {}{} that is not MCP{}{}", peer_or_backend(evidence),
                       asked(evidence), code, evidence.status == 0 ? "" : " and a body",
                       in_brackets(evidence.detail), body_text(evidence));
}

std::string text_of(const evidence& evidence) {
    switch (evidence.what) {
    case finding::success:
        return fmt::format("{} answered {} in {}", peer_or_backend(evidence), asked(evidence),
                           duration_text(evidence.latency));
    case finding::refused:
        return fmt::format("{} refused the connection", peer_or_backend(evidence));
    case finding::unreachable:
        return fmt::format("{} cannot be reached{}", peer_or_backend(evidence), in_brackets(evidence.detail));
    case finding::unresolved:
        return fmt::format("the name does not resolve{}", in_brackets(evidence.detail));
    case finding::tls:
        return fmt::format("the TLS handshake with {} failed{}", peer_or_backend(evidence),
                           in_brackets(evidence.detail));
    case finding::timeout:
        return timeout_text(evidence);
    case finding::reset:
        return fmt::format("{} closed the connection before its answer to {} was complete{}",
                           peer_or_backend(evidence), asked(evidence), in_brackets(evidence.detail));
    case finding::http_status:
        return status_text(evidence);
    case finding::rpc_error:
        return fmt::format("{} refused {} (HTTP {}{})", peer_or_backend(evidence), asked(evidence),
                           evidence.status, body_text(evidence));
    case finding::auth_needed:
        return auth_text(evidence);
    case finding::no_resources:
        return fmt::format("this gateway has run short of resources{}, and nothing was sent",
                           in_brackets(evidence.detail));
    case finding::no_credential:
        return fmt::format("nothing was sent to it, for want of a credential{}",
                           in_brackets(evidence.detail));
    case finding::wrong_protocol:
        return wrong_protocol_text(evidence);
    case finding::modern_only:
        return fmt::format("{} speaks only {}, and its definition does not say era: auto or modern",
                           peer_or_backend(evidence),
                           evidence.detail.empty() ? std::string_view("2026-07-28")
                                                   : std::string_view(evidence.detail));
    case finding::starting:
        return fmt::format("its program is starting{}", in_brackets(evidence.detail));
    case finding::cancelled:
        return "the attempt was given up";
    }
    return {};
}

finding finding_of(const boost::system::error_code& ec, stage where) {
    namespace errc = boost::system::errc;
    if (ec == errc::operation_canceled)
        return finding::cancelled;
    if (ec == errc::timed_out)
        return finding::timeout;
    if (vmcp::shortage_of(ec))
        return finding::no_resources;
    const bool cut = ec == errc::connection_reset || ec == errc::broken_pipe ||
                     ec == errc::connection_aborted || ec == errc::not_connected;
    switch (where) {
    case stage::resolve:
        return finding::unresolved;
    case stage::connect:
        return ec == errc::connection_refused ? finding::refused
               : cut                          ? finding::reset
                                              : finding::unreachable;
    case stage::handshake:
        return cut ? finding::reset : finding::tls;
    case stage::exchange:
        return finding::reset;
    }
    return finding::reset;
}

int rpc_code_in(std::string_view body) {
    const auto code = vmcp::json_member(vmcp::json_member(body, "error").raw, "code").raw;
    int value = 0;
    std::from_chars(code.data(), code.data() + code.size(), value);
    return value;
}

// Without what the peer said.
evidence in_our_words(evidence evidence) {
    const bool of_peer = evidence.what == finding::http_status || evidence.what == finding::wrong_protocol ||
                         evidence.what == finding::modern_only || evidence.what == finding::no_credential;
    if (of_peer)
        evidence.detail.clear();
    evidence.excerpt.clear();
    return evidence;
}

} // namespace

std::string describe(const evidence& evidence, std::string_view url, wording wording) {
    if (wording == wording::ours)
        return describe(in_our_words(evidence), url);
    // Whatever the answer is taken for: the status is that of RFC 5842, "Loop Detected".
    const std::string_view ring =
        evidence.status == 508
            ? "; it is this gateway, or in front of it: requests would go round in a circle"
            : "";
    return fmt::format("{}: {}{}", vmcp::shown_url(url), text_of(evidence), ring);
}

std::string_view category_of(const evidence& evidence) noexcept {
    switch (evidence.what) {
    case finding::success:
        return "";
    case finding::auth_needed:
    case finding::no_credential:
        return "authentication_failed";
    case finding::timeout:
        return "timeout";
    case finding::cancelled:
    case finding::starting:
    case finding::no_resources:
        return "cancelled";
    case finding::refused:
    case finding::unreachable:
    case finding::unresolved:
    case finding::tls:
    case finding::reset:
        return "connection_failed";
    case finding::http_status:
        return evidence.status >= 500 || evidence.status == 429 ? "backend_unavailable"
                                                                : "health_check_failed";
    case finding::rpc_error:
    case finding::wrong_protocol:
    case finding::modern_only:
        return "health_check_failed";
    }
    return "health_check_failed";
}

std::string_view name_of(finding finding) noexcept {
    switch (finding) {
    case finding::success:
        return "success";
    case finding::refused:
        return "refused";
    case finding::unreachable:
        return "unreachable";
    case finding::unresolved:
        return "unresolved";
    case finding::tls:
        return "tls";
    case finding::timeout:
        return "timeout";
    case finding::reset:
        return "reset";
    case finding::http_status:
        return "http_status";
    case finding::rpc_error:
        return "rpc_error";
    case finding::auth_needed:
        return "auth_needed";
    case finding::no_resources:
        return "no_resources";
    case finding::no_credential:
        return "no_credential";
    case finding::wrong_protocol:
        return "wrong_protocol";
    case finding::modern_only:
        return "modern_only";
    case finding::starting:
        return "starting";
    case finding::cancelled:
        return "cancelled";
    }
    return "success";
}

std::string_view name_of(stage where) noexcept {
    switch (where) {
    case stage::resolve:
        return "resolve";
    case stage::connect:
        return "connect";
    case stage::handshake:
        return "handshake";
    case stage::exchange:
        return "exchange";
    }
    return "exchange";
}

evidence evidence_of(const boost::system::error_code& ec, stage where) {
    evidence observed;
    observed.what = finding_of(ec, where);
    observed.where = where;
    observed.detail = vmcp::excerpt_of(ec.message());
    return observed;
}

evidence evidence_of_status(unsigned status, std::string_view content_type, std::string_view body,
                            std::span<const std::string> secrets) {
    evidence observed;
    observed.status = status;
    if (status >= 200 && status < 300)
        return observed;
    observed.what = status == 401 || status == 403 ? finding::auth_needed : finding::http_status;
    observed.body = kind_of_body(content_type, body);
    observed.excerpt = vmcp::excerpt_of(body, secrets);
    if (observed.body == body_kind::rpc_error)
        observed.rpc_code = rpc_code_in(body);
    return observed;
}

evidence evidence_of(vmcp::errc how_it_ended, std::string detail) {
    evidence observed;
    observed.detail = vmcp::excerpt_of(detail);
    // Only what a backend did is evidence about it; what the client or vmcp itself did is not.
    if (how_it_ended == vmcp::errc::backend_timeout)
        observed.what = finding::timeout;
    else if (how_it_ended == vmcp::errc::backend_unauthorized)
        observed.what = finding::auth_needed;
    else if (how_it_ended == vmcp::errc::backend_protocol)
        observed.what = finding::wrong_protocol;
    else if (how_it_ended == vmcp::errc::backend_unavailable)
        observed.what = finding::unreachable;
    else if (how_it_ended == vmcp::errc::backend_session_lost)
        observed.what = finding::success; // it answered; the session layer deals with the rest
    else
        observed.what = finding::cancelled;
    return observed;
}

verdict verdict_of(const evidence& evidence) noexcept {
    switch (evidence.what) {
    case finding::success:
    case finding::rpc_error:
    case finding::auth_needed:
        return verdict::works;
    case finding::http_status:
        return evidence.status >= 500 ? verdict::fails : verdict::works;
    case finding::refused:
    case finding::unreachable:
    case finding::unresolved:
    case finding::tls:
    case finding::timeout:
    case finding::reset:
    case finding::wrong_protocol:
    case finding::modern_only:
        return verdict::fails;
    case finding::no_resources:
    case finding::no_credential:
    case finding::starting:
    case finding::cancelled:
        return verdict::neither;
    }
    return verdict::neither;
}

} // namespace health
