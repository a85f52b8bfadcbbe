// What a probe or a live call met at a backend, as a value, and the text users read about it.
#pragma once

#include "health/body_kind.hpp"
#include "health/moment.hpp"
#include "vmcp/base/errc.hpp"

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace health {

enum class finding : std::uint8_t {
    success,        // an MCP answer came, be it a result or an error of the application
    refused,        // the address refused the connection
    unreachable,    // no route, no network, or another failure to connect
    unresolved,     // the name has no address
    tls,            // the TLS handshake failed: certificate, name, version
    timeout,        // nothing decisive within the deadline
    reset,          // the peer closed or reset the connection before its answer was complete
    http_status,    // an HTTP status other than 2xx, 401 and 403
    rpc_error,      // the peer speaks JSON-RPC, but refused what every MCP server must answer
    auth_needed,    // 401 or 403: the peer is up and wants (other) credentials
    no_resources,   // this process is out of descriptors, memory or ports: proves nothing
    no_credential,  // the credential for it could not be had, so that nothing was sent
    wrong_protocol, // a 2xx that is not MCP, or MCP of a version nobody here speaks
    modern_only,    // the peer proved to speak 2026-07-28 only, which its definition rules out
    starting,       // its program was started a moment ago and has said nothing yet: proves nothing
    cancelled,      // given up by us: proves nothing
};

// Where in the exchange it was met.
enum class stage : std::uint8_t { resolve, connect, handshake, exchange };

struct evidence {
    finding what = finding::success;
    stage where = stage::exchange;
    std::string
        method{}; // JSON-RPC method that was waiting for its answer: "initialize", "tools/call"; may be empty
    std::string peer{};  // address that was tried, "10.0.0.3:8080"; may be empty
    unsigned status = 0; // HTTP status; 0: none came
    body_kind body = body_kind::none;
    std::string excerpt{};         // the body's first bytes, see excerpt_of
    int rpc_code = 0;              // code of a JSON-RPC error; 0: none
    std::string detail{};          // words of the operating system, of TLS, or of the check that failed
    bool credentials_sent = false; // the request carried configured credentials
    microseconds latency{0};       // from the start of the attempt to this evidence
    friend bool operator==(const evidence&, const evidence&) = default;
};

// Whose words a reason may hold: the peer's too, for operators, or vmcp's alone, for everybody.
enum class wording : std::uint8_t { all, ours };

// The reason users read, one line, in simple words: URL, address, status code and first bytes where there are
// any. `url` is the backend's as configured; secrets in it are dropped.
[[nodiscard]] std::string describe(const evidence& evidence, std::string_view url,
                                   wording wording = wording::all);

// ToolHive's error categories of /api/backends/health: authentication_failed, timeout, cancelled,
// backend_unavailable, connection_failed, health_check_failed; empty for a success.
[[nodiscard]] std::string_view category_of(const evidence& evidence) noexcept;

[[nodiscard]] std::string_view name_of(finding finding) noexcept;
[[nodiscard]] std::string_view name_of(stage where) noexcept;

// Classifies an error of the operating system, the resolver or TLS by where it was met. `ec` must be an
// error.
[[nodiscard]] evidence evidence_of(const boost::system::error_code& ec, stage where);

// Classifies an HTTP answer that a live call could not use, or could: a 2xx counts as success here, because
// the caller has already read it as MCP. `body` may be cut off.
[[nodiscard]] evidence evidence_of_status(unsigned status, std::string_view content_type,
                                          std::string_view body, std::span<const std::string> secrets = {});

// Classifies how a live call ended, for callers that see only its failure.
[[nodiscard]] evidence evidence_of(vmcp::errc how_it_ended, std::string detail = {});

// What a call says about the backend it went to.
enum class verdict : std::uint8_t {
    works,   // it answered, whatever it said
    fails,   // it could not be reached, broke off, answered 5xx or garbage, or not in time
    neither, // cancelled, or nothing to do with the backend
};

[[nodiscard]] verdict verdict_of(const evidence& evidence) noexcept;

} // namespace health
