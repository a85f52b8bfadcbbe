// Capabilities and instructions.
#include "vmcp/catalog/backend_features.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vmcp {
namespace {

TEST(backend_features, reads_what_a_backend_declares) {
    const auto all = read_features(
        R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},"logging":{},"completions":{},)"
        R"("resources":{"subscribe":true,"listChanged":true},"experimental":{"x":{}}})");
    EXPECT_EQ(all, (backend_features{true, true, true, true, true, true, true, true, true, true}));
    const auto some = read_features(R"({"tools":{},"resources":{"subscribe":false,"listChanged":true}})");
    EXPECT_EQ(some,
              (backend_features{.known = true, .tools = true, .resources = true, .resources_changed = true}));
}

TEST(backend_features, odd_capabilities_are_absent_ones) {
    for (const char* odd : {"", "{}", "null", "[]", R"({"tools":true,"logging":null,"prompts":[]})",
                            R"({"tools":null,"resources":null,"completions":null})", "{\"tools"})
        EXPECT_EQ(read_features(odd), backend_features{.known = true}) << odd;
}

TEST(gateway_capabilities, promise_all_lists_with_changes_and_nothing_unknown) {
    const auto parsed = nlohmann::json::parse(gateway_capabilities());
    EXPECT_EQ(parsed, nlohmann::json::parse(R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},
        "resources":{"listChanged":true,"subscribe":true},"logging":{},"completions":{}})"));
}

TEST(instructions, one_text_alone_stays_as_it_is) {
    EXPECT_EQ(merge_instructions("", {}), "");
    EXPECT_EQ(merge_instructions("", {{"a", ""}, {"b", " x\n"}, {"c", ""}}), " x\n");
    EXPECT_EQ(merge_instructions("pre ", {{"a", ""}}), "pre ");
    const std::string full(max_instructions - 2, 'x');
    EXPECT_EQ(merge_instructions("", {{"a", full}}), full);
}

TEST(instructions, several_have_headings) {
    EXPECT_EQ(merge_instructions("", {{"a", "one"}, {"b", "two"}}), "## a\n\none\n\n## b\n\ntwo");
    EXPECT_EQ(merge_instructions("pre", {{"a", "one"}, {"b", "two"}}), "pre\n\n## a\n\none\n\n## b\n\ntwo");
    EXPECT_EQ(merge_instructions("pre", {{"a", "one"}}), "pre\n\none");
}

TEST(instructions, are_cut_fairly_and_between_characters) {
    std::string huge;
    while (huge.size() < 3 * max_instructions)
        huge += "é";
    const std::string text = merge_instructions("", {{"a", "short"}, {"b", huge}, {"c", huge}});
    EXPECT_LE(text.size(), max_instructions);
    EXPECT_GT(text.size(), max_instructions - 1024);
    EXPECT_TRUE(text.starts_with("## a\n\nshort\n\n## b\n\né"));
    EXPECT_NE(text.find("\n\n## c\n\né"), std::string::npos);
    EXPECT_NE(text.find("more bytes were left out by the gateway]"), std::string::npos);
    EXPECT_NO_THROW(static_cast<void>(nlohmann::json(text).dump())); // which refuses bad UTF-8
}

TEST(instructions, what_is_short_enough_stays_whole_and_still_all_fits) {
    const std::string medium(max_instructions / 4, 'm');
    const std::string huge(2 * max_instructions, 'h');
    const std::string text = merge_instructions("", {{"a", huge}, {"b", medium}, {"c", huge}});
    EXPECT_LE(text.size(), max_instructions);
    EXPECT_NE(text.find(medium), std::string::npos);
}

TEST(instructions, very_many_backends_stay_within_bounds) {
    std::vector<std::string> names;
    for (int i = 0; i < 5000; ++i)
        names.push_back("backend-with-a-long-name-" + std::to_string(i));
    std::vector<instruction_source> sources;
    for (const auto& name : names)
        sources.push_back({name, "some text that each of them has"});
    EXPECT_LE(merge_instructions("", sources).size(), max_instructions + 1024);
}

} // namespace
} // namespace vmcp
