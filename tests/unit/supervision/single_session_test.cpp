// A backend that takes one session only is told from one that fails otherwise.
#include "vmcp/supervision/http/single_session.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(single_session, is_a_possibility_where_initialize_was_refused) {
    const auto why = fail(errc::backend_protocol);
    EXPECT_TRUE(refuses_session(why, {.method = "initialize", .words = "Server already initialized"}))
        << "a JSON-RPC error";
    for (const auto status : {400U, 404U, 405U, 409U, 422U})
        EXPECT_TRUE(refuses_session(why, {.status = status, .method = "initialize"})) << status;
}

TEST(single_session, is_none_where_something_else_failed) {
    const transport::call_facts refused{.status = 400, .method = "initialize"};
    for (const auto code : {errc::backend_unauthorized, errc::backend_overloaded, errc::backend_unavailable,
                            errc::backend_timeout, errc::cancelled, errc::no_memory})
        EXPECT_FALSE(refuses_session(fail(code), refused));
    const auto why = fail(errc::backend_protocol);
    EXPECT_FALSE(refuses_session(why, {.status = 400, .method = "tools/list"}));
    EXPECT_FALSE(refuses_session(why, {.words = "1999-01-01"}))
        << "answered, with a revision that nobody knows";
    for (const auto status : {200U, 302U, 408U, 500U})
        EXPECT_FALSE(refuses_session(why, {.status = status, .method = "initialize"})) << status;
}

} // namespace
} // namespace vmcp
