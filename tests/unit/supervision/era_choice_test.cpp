// Which revision calls go to a backend in, and what makes that change.
#include "vmcp/supervision/http/era_choice.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using health::era;

TEST(era_choice, is_open_until_something_is_proved) {
    era_choice choice(backend_era::automatic);
    EXPECT_EQ(choice.speaks(), era::unknown);
    EXPECT_FALSE(choice.learned(era::unknown));
    EXPECT_TRUE(choice.learned(era::legacy));
    EXPECT_FALSE(choice.learned(era::legacy));
    EXPECT_FALSE(choice.learned(era::unknown)) << "nothing proved takes nothing back";
    EXPECT_TRUE(choice.learned(era::modern));
    EXPECT_EQ(choice.speaks(), era::modern);
}

TEST(era_choice, is_none_where_the_definition_says_which) {
    era_choice modern(backend_era::modern);
    EXPECT_EQ(modern.speaks(), era::modern);
    EXPECT_FALSE(modern.learned(era::legacy));
    EXPECT_FALSE(modern.may_ask(era_doubt::strong, health::steady_time(1h)));
    EXPECT_EQ(era_choice(backend_era::legacy).speaks(), era::legacy);
}

TEST(era_choice, doubts_in_vain_are_rare) {
    era_choice choice(backend_era::automatic);
    const health::steady_time t{1h};
    EXPECT_FALSE(choice.may_ask(era_doubt::none, t));
    EXPECT_TRUE(choice.may_ask(era_doubt::weak, t));
    choice.asked(false, t);
    EXPECT_FALSE(choice.may_ask(era_doubt::weak, t + 29s));
    EXPECT_TRUE(choice.may_ask(era_doubt::weak, t + 30s));
    EXPECT_FALSE(choice.may_ask(era_doubt::strong, t + 499ms));
    EXPECT_TRUE(choice.may_ask(era_doubt::strong, t + 500ms));
    choice.asked(true, t + 500ms);
    EXPECT_TRUE(choice.may_ask(era_doubt::weak, t + 501ms)) << "it was worth it";
}

TEST(era_choice, what_speaks_for_the_newer_era) {
    EXPECT_EQ(doubt_of_legacy_error(R"({"code":-32022,"message":"no"})"), era_doubt::strong);
    EXPECT_EQ(doubt_of_legacy_error(R"({"code":-32020,"message":"no"})"), era_doubt::strong);
    EXPECT_EQ(
        doubt_of_legacy_error(
            R"({"code":-32602,"message":"_meta must have \"io.modelcontextprotocol/protocolVersion\""})"),
        era_doubt::strong);
    EXPECT_EQ(doubt_of_legacy_error(R"({"code":-32602,"message":"Unknown tool: x"})"), era_doubt::none);
    EXPECT_EQ(doubt_of_legacy_error(R"({"code":-32000,"message":"application"})"), era_doubt::none);

    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_protocol, true, 400, R"({"error":{"code":-32022}})"),
              era_doubt::strong);
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_protocol, true, 0, "refused"), era_doubt::weak);
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_protocol, false, 404, "<html>"), era_doubt::weak);
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_session_lost, false, 0, ""), era_doubt::weak);
    for (const unsigned status : {401U, 403U, 408U, 429U, 500U, 503U})
        EXPECT_EQ(doubt_of_legacy_failure(errc::backend_protocol, true, status, ""), era_doubt::none)
            << status;
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_protocol, false, 0, ""), era_doubt::none)
        << "it may have been executed";
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_timeout, true, 400, ""), era_doubt::none);
    EXPECT_EQ(doubt_of_legacy_failure(errc::backend_unavailable, false, 0, ""), era_doubt::none);
}

} // namespace
} // namespace vmcp
