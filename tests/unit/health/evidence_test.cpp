// Classification and wording of evidence.
#include "health/evidence.hpp"

#include "vmcp/base/event_stream_get.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace health {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(body, is_judged_by_its_content) {
    struct row {
        const char* type;
        std::string body;
        body_kind expected;
    };
    const std::vector<row> rows{
        {"application/json", "", body_kind::empty},
        {"text/html", " \r\n", body_kind::empty},
        {"text/html", R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"x"}})",
         body_kind::rpc_error},
        {"application/json", R"({"jsonrpc":"2.0","id":1,"result":{}})", body_kind::json},
        {"", R"( {"error":"not found"} )", body_kind::json},
        {"application/json", R"({"cut":"of)", body_kind::json},
        {"", R"({"cut":"of)", body_kind::text},
        {"", "<!DOCTYPE HTML><p>", body_kind::html},
        {"", "\n<HTML>", body_kind::html},
        {"Text/HTML; charset=utf-8", "<p>no root</p>", body_kind::html},
        {"text/plain", "404 page not found", body_kind::text},
        {"application/json", "upstream connect error", body_kind::text},
        {"", std::string("\x1f\x8b\x08\0\0", 5), body_kind::binary},
        {"", "\xff\xd8\xff\xe0\x10\x11\x12", body_kind::binary},
    };
    for (const row& one : rows)
        EXPECT_EQ(kind_of_body(one.type, one.body), one.expected) << one.body;
}

TEST(error_codes, are_classified_by_stage) {
    namespace asio = boost::asio;
    struct row {
        boost::system::error_code ec;
        stage where;
        finding expected;
    };
    const std::vector<row> rows{
        {asio::error::host_not_found, stage::resolve, finding::unresolved},
        {asio::error::host_not_found_try_again, stage::resolve, finding::unresolved},
        {asio::error::timed_out, stage::resolve, finding::timeout},
        {asio::error::operation_aborted, stage::resolve, finding::cancelled},
        {asio::error::connection_refused, stage::connect, finding::refused},
        {asio::error::host_unreachable, stage::connect, finding::unreachable},
        {asio::error::network_unreachable, stage::connect, finding::unreachable},
        {asio::error::connection_reset, stage::connect, finding::reset},
        {asio::error::timed_out, stage::connect, finding::timeout},
        {asio::error::connection_reset, stage::handshake, finding::reset},
        {asio::ssl::error::stream_truncated, stage::handshake, finding::tls},
        {boost::system::error_code(0x0A000086, asio::error::get_ssl_category()), stage::handshake,
         finding::tls},
        {asio::error::eof, stage::exchange, finding::reset},
        {asio::error::broken_pipe, stage::exchange, finding::reset},
        {asio::error::connection_reset, stage::exchange, finding::reset},
        {asio::error::timed_out, stage::exchange, finding::timeout},
        {asio::error::operation_aborted, stage::exchange, finding::cancelled},
        {asio::error::no_descriptors, stage::connect, finding::no_resources},
        {asio::error::no_descriptors, stage::resolve, finding::no_resources},
        {asio::error::no_memory, stage::connect, finding::no_resources},
        {asio::error::no_buffer_space, stage::connect, finding::no_resources},
        {boost::system::errc::make_error_code(boost::system::errc::address_not_available), stage::connect,
         finding::no_resources},
        {boost::system::errc::make_error_code(boost::system::errc::too_many_files_open_in_system),
         stage::connect, finding::no_resources},
    };
    for (const row& one : rows) {
        const evidence observed = evidence_of(one.ec, one.where);
        EXPECT_EQ(observed.what, one.expected) << one.ec.message() << " at " << name_of(one.where);
        EXPECT_EQ(observed.where, one.where);
        EXPECT_FALSE(observed.detail.empty());
    }
}

evidence of(finding finding, unsigned status = 0) {
    evidence observed;
    observed.what = finding;
    observed.status = status;
    return observed;
}

TEST(evidence, has_a_category_and_a_verdict) {
    struct row {
        evidence met;
        const char* category;
        verdict expected;
    };
    const std::vector<row> rows{
        {of(finding::success, 200), "", verdict::works},
        {of(finding::refused), "connection_failed", verdict::fails},
        {of(finding::unreachable), "connection_failed", verdict::fails},
        {of(finding::unresolved), "connection_failed", verdict::fails},
        {of(finding::tls), "connection_failed", verdict::fails},
        {of(finding::timeout), "timeout", verdict::fails},
        {of(finding::reset), "connection_failed", verdict::fails},
        {of(finding::http_status, 404), "health_check_failed", verdict::works},
        {of(finding::http_status, 429), "backend_unavailable", verdict::works},
        {of(finding::http_status, 500), "backend_unavailable", verdict::fails},
        {of(finding::http_status, 503), "backend_unavailable", verdict::fails},
        {of(finding::rpc_error, 200), "health_check_failed", verdict::works},
        {of(finding::auth_needed, 401), "authentication_failed", verdict::works},
        {of(finding::wrong_protocol, 200), "health_check_failed", verdict::fails},
        {of(finding::modern_only, 200), "health_check_failed", verdict::fails},
        {of(finding::no_resources), "cancelled", verdict::neither},
        {of(finding::starting), "cancelled", verdict::neither},
        {of(finding::cancelled), "cancelled", verdict::neither},
    };
    for (const row& one : rows) {
        EXPECT_EQ(category_of(one.met), one.category) << name_of(one.met.what);
        EXPECT_EQ(verdict_of(one.met), one.expected) << name_of(one.met.what) << one.met.status;
    }
}

TEST(evidence, of_a_ring_of_gateways_says_that_it_is_one) {
    EXPECT_THAT(describe(of(finding::http_status, 508), "http://b/mcp"), HasSubstr("go round in a circle"));
    for (const auto found : {finding::rpc_error, finding::wrong_protocol, finding::auth_needed})
        EXPECT_THAT(describe(of(found, 508), "http://b/mcp"), HasSubstr("go round in a circle"))
            << name_of(found);
    EXPECT_THAT(
        describe(
            evidence_of_status(
                508, "application/json",
                R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"came through before"}})"),
            "http://b/mcp"),
        testing::AllOf(HasSubstr("came through before"), HasSubstr("go round in a circle")));
    EXPECT_THAT(describe(of(finding::http_status, 503), "http://b/mcp"), Not(HasSubstr("circle")));
}

TEST(evidence, of_a_status_keeps_what_came_back) {
    const auto observed = evidence_of_status(
        404, "application/json",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}})");
    EXPECT_EQ(observed.what, finding::http_status);
    EXPECT_EQ(observed.body, body_kind::rpc_error);
    EXPECT_EQ(observed.rpc_code, -32001);
    EXPECT_THAT(observed.excerpt, HasSubstr("Session not found"));
    EXPECT_EQ(evidence_of_status(202, "", "").what, finding::success);
    EXPECT_EQ(evidence_of_status(403, "", "no").what, finding::auth_needed);
}

TEST(evidence, of_a_failed_call_blames_the_backend_only_for_what_it_did) {
    using vmcp::errc;
    EXPECT_EQ(verdict_of(evidence_of(errc::backend_unavailable)), verdict::fails);
    EXPECT_EQ(verdict_of(evidence_of(errc::backend_timeout)), verdict::fails);
    EXPECT_EQ(verdict_of(evidence_of(errc::backend_protocol)), verdict::fails);
    EXPECT_EQ(verdict_of(evidence_of(errc::backend_session_lost)), verdict::works);
    EXPECT_EQ(verdict_of(evidence_of(errc::backend_unauthorized)), verdict::works);
    for (const errc ours : {errc::backend_overloaded, errc::client_gone, errc::cancelled, errc::shutting_down,
                            errc::invalid_params, errc::internal, errc::too_many_requests})
        EXPECT_EQ(verdict_of(evidence_of(ours)), verdict::neither) << vmcp::row_of(ours).name;
}

TEST(evidence, is_described_with_address_status_and_first_bytes) {
    evidence observed = evidence_of_status(404, "text/html", "<html>\n<h1>Not here</h1>");
    observed.method = "initialize";
    observed.peer = "10.0.0.3:8080";
    EXPECT_EQ(
        describe(observed, "http://me:pw@b1:8080/mcp?k=v"),
        "http://b1:8080/mcp: 10.0.0.3:8080 answered initialize with HTTP 404, html body: <html> <h1>Not "
        "here</h1>; is this the URL of a Streamable HTTP endpoint? One of HTTP+SSE needs transport: sse");
    auto of_stream = evidence_of_status(405, "", "");
    of_stream.method = vmcp::event_stream_get;
    EXPECT_EQ(
        describe(of_stream, "http://b1/"),
        "http://b1/: the backend answered the GET for its event stream with HTTP 405, empty body; is this "
        "the URL of the event stream of an HTTP+SSE server?");
    observed.latency = 12'340us;
    observed.what = finding::success;
    EXPECT_EQ(describe(observed, "http://b1/"), "http://b1/: 10.0.0.3:8080 answered initialize in 12.3 ms");
    evidence garbage = of(finding::wrong_protocol);
    garbage.detail = "no HTTP status line";
    EXPECT_EQ(
        describe(garbage, "http://b1/"),
        "http://b1/: the backend answered the request with something that is not MCP (no HTTP status line)");
    evidence late = of(finding::timeout);
    late.latency = 10s;
    EXPECT_EQ(describe(late, "http://b1/"), "http://b1/: the backend did not answer the request within 10 s");
    EXPECT_EQ(describe(of(finding::refused), "http://b1/"), "http://b1/: the backend refused the connection");
}

TEST(evidence, in_our_words_repeats_nothing_of_the_peer) {
    for (int i = 0; i <= static_cast<int>(finding::cancelled); ++i)
        for (const auto body : {body_kind::rpc_error, body_kind::text, body_kind::html}) {
            evidence observed = of(static_cast<finding>(i), 302);
            observed.body = body;
            observed.excerpt = "said by the peer";
            const bool system_says =
                observed.what == finding::unreachable || observed.what == finding::unresolved ||
                observed.what == finding::tls || observed.what == finding::reset ||
                observed.what == finding::no_resources || observed.what == finding::starting;
            observed.detail = system_says ? "Connection reset by peer" : "written by the peer";
            const auto text = describe(observed, "http://b/", wording::ours);
            EXPECT_EQ(text.find("by the peer"), std::string::npos) << text;
            EXPECT_GT(text.size(), std::string("http://b/: ").size() + 5) << i;
        }
    EXPECT_EQ(describe(evidence_of_status(404, "text/html", "<h1>Not here"), "http://b/", wording::ours),
              "http://b/: the backend answered the request with HTTP 404, html body; is this the URL of a "
              "Streamable HTTP endpoint? One of HTTP+SSE needs transport: sse");
}

TEST(evidence, has_a_line_for_every_finding) {
    for (int i = 0; i <= static_cast<int>(finding::cancelled); ++i) {
        const std::string text = describe(of(static_cast<finding>(i), 400), "http://b/");
        EXPECT_GT(text.size(), std::string("http://b/: ").size() + 5) << i;
        EXPECT_FALSE(name_of(static_cast<finding>(i)).empty());
    }
}

} // namespace
} // namespace health
