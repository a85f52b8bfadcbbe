// JSON numbers become Longs and decimals, exactly where Cedar can hold them.
#include "auth/cedar/numbers.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace auth {
namespace {

std::string shown(const std::optional<cedar_value>& value) {
    if (!value)
        return "nothing";
    if (const auto* number = std::get_if<std::int64_t>(&value->data))
        return std::to_string(*number);
    if (const auto* decimal = std::get_if<cedar_decimal>(&value->data))
        return "decimal " + std::to_string(decimal->ten_thousandths);
    return "something else";
}

struct row {
    const char* token;
    const char* cedar;
    const char* toolhive;
};

class cedar_numbers : public testing::TestWithParam<row> {};

TEST_P(cedar_numbers, are_what_they_say) {
    const auto& row = GetParam();
    EXPECT_EQ(shown(cedar_number(row.token, number_mapping::cedar)), row.cedar) << row.token;
    EXPECT_EQ(shown(cedar_number(row.token, number_mapping::toolhive)), row.toolhive) << row.token;
}

INSTANTIATE_TEST_SUITE_P(
    tokens, cedar_numbers,
    testing::Values(
        // Integers, however they are spelled.
        row{"0", "0", "decimal 0"}, row{"-0", "0", "decimal 0"}, row{"0.0", "0", "decimal 0"},
        row{"-0.000e7", "0", "decimal 0"}, row{"7", "7", "decimal 70000"}, row{"-7", "-7", "decimal -70000"},
        row{"5.0", "5", "decimal 50000"}, row{"1e3", "1000", "decimal 10000000"},
        row{"1E+3", "1000", "decimal 10000000"}, row{"1200e-2", "12", "decimal 120000"},
        row{"0.5e1", "5", "decimal 50000"}, row{"1000000", "1000000", "decimal 10000000000"},
        // The ends of 64 bits, where a double would be off.
        row{"9007199254740993", "9007199254740993", "nothing"},
        row{"9223372036854775807", "9223372036854775807", "nothing"},
        row{"-9223372036854775808", "-9223372036854775808", "nothing"},
        row{"9223372036854775808", "nothing", "nothing"}, row{"-9223372036854775809", "nothing", "nothing"},
        row{"1e18", "1000000000000000000", "nothing"}, row{"1e19", "nothing", "nothing"},
        row{"1e999999999999999999999", "nothing", "nothing"}, row{"-1e400", "nothing", "nothing"},
        row{"0e999999999999999999999", "0", "decimal 0"},
        // Decimals.
        row{"0.1", "decimal 1000", "decimal 1000"}, row{"-0.1", "decimal -1000", "decimal -1000"},
        row{"12.3456", "decimal 123456", "decimal 123455"}, row{"1.5e-1", "decimal 1500", "decimal 1500"},
        row{"0.30000000000000004", "decimal 3000", "decimal 3000"},
        row{"2.99999", "decimal 30000", "decimal 29999"}, row{"-2.99999", "decimal -30000", "decimal -29999"},
        row{"0.00005", "decimal 1", "decimal 0"}, row{"0.00004999", "decimal 0", "decimal 0"},
        row{"-0.00005", "decimal -1", "decimal 0"}, row{"1e-300", "decimal 0", "decimal 0"},
        row{"1e-999999999999999999999", "decimal 0", "decimal 0"},
        row{"922337203685477.5807", "decimal 9223372036854775807", "nothing"},
        row{"922337203685477.58074", "decimal 9223372036854775807", "nothing"},
        row{"922337203685477.58075", "nothing", "nothing"}, row{"922337203685477.5808", "nothing", "nothing"},
        row{"-922337203685477.5808", "decimal -9223372036854775808", "decimal -9223372036854775808"},
        row{"-922337203685477.58085", "nothing", "decimal -9223372036854775808"}));

TEST(cedar_numbers_of_length, do_not_take_long) {
    const std::string digits(1'000'000, '9');
    EXPECT_EQ(shown(cedar_number(digits, number_mapping::cedar)), "nothing");
    EXPECT_EQ(shown(cedar_number("0." + digits, number_mapping::cedar)), "decimal 10000");
    EXPECT_EQ(shown(cedar_number("1" + std::string(1'000'000, '0') + "e-1000000", number_mapping::cedar)),
              "1");
}

} // namespace
} // namespace auth
