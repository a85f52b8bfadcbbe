// What is kept of a reading, and of one that lacked something.
#include "vmcp/supervision/kept_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

list_reading reading(std::vector<std::string> tools, std::vector<std::string> prompts = {}) {
    list_reading out;
    for (auto& name : tools)
        out.lists.tools.push_back({name, "{}"});
    for (auto& name : prompts)
        out.lists.prompts.push_back({name, "{}"});
    return out;
}

list_reading without(list_kind kind, failure why, list_reading from = {}) {
    from.missed.push_back({kind, std::string(spec_of(kind).method), std::move(why)});
    return from;
}

TEST(kept, a_reading_is_a_change_only_where_it_differs) {
    kept_lists kept;
    EXPECT_EQ(kept.lists(), nullptr);
    const auto first = kept.take(reading({"a"}));
    EXPECT_TRUE(first.complete && first.changed);
    const auto before = kept.lists();
    const auto second = kept.take(reading({"a"}));
    EXPECT_TRUE(second.complete);
    EXPECT_FALSE(second.changed);
    EXPECT_EQ(kept.lists(), before);
    EXPECT_TRUE(kept.take(reading({"a", "b"})).changed);
}

TEST(kept, a_list_that_could_not_be_read_keeps_what_it_had) {
    kept_lists kept;
    kept.take(reading({"a"}, {"p"}));
    const auto taken = kept.take(without(list_kind::prompts, fail(errc::backend_timeout), reading({"a"})));
    EXPECT_FALSE(taken.complete) << "asking again may help";
    EXPECT_TRUE(taken.news);
    EXPECT_THAT(kept.lists()->prompts, SizeIs(1));
    ASSERT_THAT(kept.lists()->dropped, SizeIs(1));
    EXPECT_EQ(kept.lists()->dropped[0].name, "prompts/list");
    EXPECT_THAT(kept.problem(), HasSubstr("what it listed before is kept"));
    EXPECT_FALSE(kept.take(without(list_kind::prompts, fail(errc::backend_timeout), reading({"a"}))).news);
    EXPECT_THAT(kept.lists()->dropped, SizeIs(1)) << "one row, however often";
    EXPECT_TRUE(kept.take(reading({"a"})).complete);
    EXPECT_THAT(kept.problem(), IsEmpty());
    EXPECT_THAT(kept.lists()->prompts, IsEmpty());
}

TEST(kept, entries_that_do_not_fit_the_schema_are_told_once) {
    const auto unfit = [](std::vector<std::string> names) {
        list_reading out;
        for (auto& name : names)
            out.lists.tools.push_back({name, "{}",
                                       std::make_shared<const entry_verdicts>(
                                           entry_verdicts{.usual = {.problem = "inputSchema: missing"}})});
        return out;
    };
    kept_lists kept;
    EXPECT_THAT(kept.take(reading({"fine"})).unfit, IsEmpty());
    EXPECT_THAT(kept.take(unfit({"a"})).unfit, testing::AllOf(HasSubstr("1 of its entries does not fit"),
                                                              HasSubstr("tool \"a\": inputSchema: missing")));
    EXPECT_THAT(kept.take(unfit({"a"})).unfit, IsEmpty()) << "nothing new";
    const auto many = kept.take(unfit({"a", "b", "c", "d", "e"})).unfit;
    EXPECT_THAT(many, testing::AllOf(HasSubstr("5 of its entries do not"), testing::Not(HasSubstr("\"d\""))));
    EXPECT_THAT(kept.take(reading({"fine"})).unfit, IsEmpty());
    EXPECT_THAT(kept.take(unfit({"a"})).unfit, testing::Not(IsEmpty())) << "again, after it was well";
}

TEST(kept, an_answer_that_is_no_list_is_not_asked_for_again_soon) {
    kept_lists kept;
    const auto taken = kept.take(without(list_kind::resources, fail(errc::backend_protocol), reading({"a"})));
    EXPECT_TRUE(taken.complete);
    EXPECT_THAT(kept.lists()->dropped, IsEmpty()) << "many servers cannot do it, and nobody misses it";
    EXPECT_THAT(kept.problem(), HasSubstr("it contributes none"));
    kept.take(without(list_kind::tools, fail(errc::backend_protocol)));
    EXPECT_THAT(kept.lists()->dropped, SizeIs(1)) << "tools are missed";
}

TEST(kept, a_refusal_changes_nothing_but_the_words) {
    kept_lists kept;
    kept.take(reading({"a"}));
    const list_refusal refusal{fail(errc::backend_unavailable),
                               {.what = health::finding::http_status, .status = 429}};
    const auto taken = kept.take(refusal, "http://b/mcp");
    EXPECT_FALSE(taken.complete || taken.changed);
    EXPECT_TRUE(taken.news);
    EXPECT_TRUE(kept.throttled());
    EXPECT_THAT(kept.problem(), HasSubstr("its lists cannot be read: http://b/mcp"));
    EXPECT_THAT(kept.category(), testing::Not(IsEmpty()));
    EXPECT_THAT(kept.lists()->tools, SizeIs(1));
    kept.take(reading({"a"}));
    EXPECT_FALSE(kept.throttled());
    EXPECT_THAT(kept.category(), IsEmpty());
}

} // namespace
} // namespace vmcp
