// What failures of requests over HTTP say about a backend.
#include "vmcp/supervision/http/call_evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace vmcp {
namespace {

using health::finding;
using health::stage;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

health::evidence of(failure why, const transport::call_facts& facts, credential_facts credentials = {}) {
    return evidence_of_call(why, facts, credentials, 5ms);
}

TEST(call_evidence, a_connection_that_failed_says_in_which_step) {
    const auto observed = of(fail(errc::backend_unavailable), {.connecting = true,
                                                               .step = transport::connect_step::tls,
                                                               .ec = boost::asio::error::connection_reset,
                                                               .address = "10.0.0.1:80"});
    EXPECT_EQ(observed.where, stage::handshake);
    EXPECT_EQ(observed.peer, "10.0.0.1:80");
    EXPECT_EQ(observed.latency, 5ms);
    EXPECT_EQ(of(fail(errc::backend_unavailable),
                 {.connecting = true, .ec = boost::asio::error::connection_refused})
                  .what,
              finding::refused);
}

TEST(call_evidence, an_answer_that_is_no_success_says_what_came_without_the_secrets_in_it) {
    const std::vector<std::string> secrets{"hunter2"};
    const auto observed =
        of(fail(errc::backend_unavailable, "HTTP 502"),
           {.status = 502, .method = "tools/call", .content_type = "text/plain", .body = "bad hunter2"},
           {.configured = true, .secrets = secrets});
    EXPECT_EQ(observed.what, finding::http_status);
    EXPECT_EQ(observed.status, 502U);
    EXPECT_EQ(observed.method, "tools/call");
    EXPECT_TRUE(observed.credentials_sent);
    EXPECT_THAT(observed.excerpt, HasSubstr("bad ***"));
    EXPECT_EQ(of(fail(errc::backend_unauthorized), {.status = 401}).what, finding::auth_needed);
}

TEST(call_evidence, an_answer_that_broke_off_is_a_reset_and_one_that_is_late_a_timeout) {
    EXPECT_EQ(of(fail(errc::backend_unavailable), {.address = "10.0.0.1:80"}).what, finding::reset);
    const auto late = of(fail(errc::backend_timeout), {.status = 200, .address = "10.0.0.1:80"});
    EXPECT_EQ(late.what, finding::timeout);
    EXPECT_EQ(late.status, 0U) << "its head came, but that is not what is wrong";
}

TEST(call_evidence, what_this_gateway_lacks_proves_nothing) {
    const transport::call_facts facts{
        .connecting = true, .ec = boost::asio::error::no_descriptors, .address = "10.0.0.1:80"};
    for (const auto code : {errc::io, errc::backend_unavailable})
        EXPECT_EQ(health::verdict_of(of(fail(code), facts)), health::verdict::neither);
}

TEST(call_evidence, what_nobody_wanted_any_more_proves_nothing) {
    EXPECT_EQ(of(fail(errc::cancelled), {.status = 500}).what, finding::cancelled);
}

} // namespace
} // namespace vmcp
