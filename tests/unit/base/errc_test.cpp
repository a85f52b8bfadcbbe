// The error table: complete, in the order of the enum, and fit for the wire.
#include "vmcp/base/errc.hpp"

#include "vmcp/base/result.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vmcp {
namespace {

TEST(errc, every_code_has_its_own_row_in_the_order_of_the_enum) {
    std::set<std::string_view> names;
    for (unsigned i = 0; i <= static_cast<unsigned>(errc::internal); ++i) {
        const auto code = static_cast<errc>(i);
        const error_row& row = row_of(code);
        EXPECT_EQ(row.code, code) << "row " << i;
        EXPECT_FALSE(row.name.empty()) << "row " << i;
        EXPECT_FALSE(row.text.empty()) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    }
}

TEST(errc, codes_are_valid_on_the_wire) {
    for (unsigned i = 0; i <= static_cast<unsigned>(errc::internal); ++i) {
        const error_row& row = row_of(static_cast<errc>(i));
        EXPECT_TRUE(row.http_status == 200 || (row.http_status >= 400 && row.http_status < 600)) << row.name;
        if (row.code == errc::forbidden || row.code == errc::rate_limited)
            continue; // an application's own, outside of the range that JSON-RPC 2.0 reserves
        EXPECT_LE(row.rpc_code, -32000) << row.name;
        EXPECT_GE(row.rpc_code, -32768) << row.name;
    }
    EXPECT_EQ(row_of(errc::parse_error).rpc_code, -32700);
    EXPECT_EQ(row_of(errc::invalid_request).rpc_code, -32600);
    EXPECT_EQ(row_of(errc::method_not_found).rpc_code, -32601);
    EXPECT_EQ(row_of(errc::bad_cursor).rpc_code, -32602);
    EXPECT_EQ(row_of(errc::internal).rpc_code, -32603);
    EXPECT_EQ(row_of(errc::resource_not_found).rpc_code, -32002);
    EXPECT_EQ(row_of(errc::forbidden).rpc_code, 403);
    EXPECT_EQ(row_of(errc::session_not_found).http_status, 404);
}

TEST(result, a_failure_says_what_and_where) {
    const result<int> bad = fail(errc::backend_timeout, "backend \"a\" after 30 s");
    ASSERT_TRUE(bad.has_error());
    EXPECT_EQ(bad.error().message(), "Backend did not answer in time: backend \"a\" after 30 s");
    EXPECT_EQ(fail(errc::internal).message(), "Internal error");
}

TEST(result, asking_a_failure_for_its_value_is_a_bug) {
    const result<int> bad = fail(errc::io, "disk");
    EXPECT_THROW(static_cast<void>(bad.value()), std::logic_error);
}

} // namespace
} // namespace vmcp
