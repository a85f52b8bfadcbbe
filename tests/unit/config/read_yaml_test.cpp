// From text to tree: places, kinds, and every refusal of the reader.
#include "vmcp/yaml/read_yaml.hpp"

#include "vmcp/config/read_json.hpp"
#include "vmcp/config/source_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

// One line per node: path@line:column kind text. Easy to compare, easy to read.
void describe(const config_node& node, const key_path& path, std::string& out) {
    out += path.text() + "@" + std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
    if (node.kind == node_kind::scalar)
        out += (node.quoted ? " \"" : " ") + node.text + (node.quoted ? "\"" : "");
    else
        out += " " + std::string(name_of(node.kind));
    out += "\n";
    for (std::size_t i = 0; i < node.items.size(); ++i)
        describe(node.items[i], path / i, out);
    for (const auto& member : node.members)
        describe(member.value, path / member.key, out);
}

std::string tree(std::string_view text) {
    problem_list problems{"f", {}};
    const auto root = read_yaml(text, problems);
    EXPECT_EQ(format_problems(problems.problems), "") << text;
    std::string out;
    describe(root, {}, out);
    return out;
}

std::string refused(std::string_view text) {
    problem_list problems{"f", {}};
    static_cast<void>(read_yaml(text, problems));
    EXPECT_FALSE(problems.problems.empty()) << text;
    return format_problems(problems.problems);
}

TEST(read_yaml, keeps_the_place_of_everything) {
    EXPECT_EQ(tree("# c\na:\n  b: [1, 'x']\n  c.d:\nlist:\n- k: v\n"), "@2:1 a mapping\n"
                                                                       "a@3:3 a mapping\n"
                                                                       "a.b@3:6 a list\n"
                                                                       "a.b[0]@3:7 1\n"
                                                                       "a.b[1]@3:10 \"x\"\n"
                                                                       "a[\"c.d\"]@5:1 nothing\n"
                                                                       "list@6:1 a list\n"
                                                                       "list[0]@6:3 a mapping\n"
                                                                       "list[0].k@6:6 v\n");
}

TEST(read_yaml, reads_json_as_json) {
    EXPECT_EQ(tree("\xEF\xBB\xBF{\n\t\"a\": {\"b\": [1, true, null, \"\\u00e9\\ud83d\\ude00\\/\"]}, // note\n"
                   "\t/* more */ \"c\": \"http://x//y\",\n}\n"),
              "@1:1 a mapping\na@2:7 a mapping\na.b@2:13 a list\na.b[0]@2:14 1\na.b[1]@2:17 true\n"
              "a.b[2]@2:23 nothing\na.b[3]@2:29 \"\u00e9\U0001F600/\"\nc@3:18 \"http://x//y\"\n");
    EXPECT_EQ(tree("{a: b, c: [d]}"), "@1:1 a mapping\na@1:5 b\nc@1:11 a list\nc[0]@1:12 d\n");
}

TEST(read_yaml, takes_comments_and_trailing_commas_out_of_json) {
    EXPECT_EQ(blank_json_extras("{\"a\":1,//x\n}"), "{\"a\":1    \n}");
    EXPECT_EQ(blank_json_extras("[1, /* , */ ]"), "[1          ]");
    EXPECT_EQ(blank_json_extras("[\",]\", \"//\", \"\\\"/*\"]"), "[\",]\", \"//\", \"\\\"/*\"]");
    EXPECT_EQ(blank_json_extras("/* open"), "       ");
    EXPECT_EQ(blank_json_extras("[1,,]"), "[1, ]");
    EXPECT_EQ(blank_json_extras("\"open\\"), "\"open\\");
}

TEST(read_yaml, sees_where_quotes_close) {
    EXPECT_EQ(tree("a: 'it''s\n  x'\n"), "@1:1 a mapping\na@1:4 \"it's x\"\n");
    EXPECT_EQ(tree("a: \"x\\\"\"\n"), "@1:1 a mapping\na@1:4 \"x\"\"\n");
    EXPECT_EQ(tree("a: |\n  it's\n"), "@1:1 a mapping\na@1:4 \"it's\n\"\n");
}

TEST(read_yaml, quotes_decide_what_is_text) {
    EXPECT_EQ(tree("a: |\n  x\nb: '~'\nc: ~\nd: null\ne: ''\nf: !!str 12\n"),
              "@1:1 a mapping\na@1:4 \"x\n\"\nb@3:4 \"~\"\nc@4:4 nothing\nd@5:4 nothing\ne@6:4 \"\"\nf@7:4 "
              "\"12\"\n");
}

TEST(read_yaml, refuses_duplicate_keys_everywhere) {
    EXPECT_EQ(refused("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
              "f:2:11: c: this key stands twice in one mapping; keep one\n"
              "f:3:1: a: this key stands twice in one mapping; keep one\n");
    EXPECT_EQ(refused("{\"a\": 1,\n \"\\u0061\": 2}"),
              "f:2:2: a: this key stands twice in one mapping; keep one\n");
}

TEST(read_yaml, refuses_with_place_and_reason) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "f:1:1: the configuration is empty"},
        {"# only a comment\n", "empty"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document"},
        {"a: &x 1\nb: *x\n", "f:1:4: anchors"},
        {"b: *x\n", "f:1:4:"},
        {"a: {x: 1}\nb:\n  <<: {y: 1}\n", "f:3:3: merge keys"},
        {"a: !secret 1\n", "f:1:4: tags"},
        {"a: !!int 1\n", "tags"},
        {"? [a]\n: b\n", "f:1:3: a key must be text"},
        {"~: b\n", "f:1:1: a key must be text"},
        {"? \n: b\n", "a key must be text"},
        {"a:\n\tb: 1\n", "tab"},
        {"a:\n  - x\n\t- y\n", "tab"},
        {"a:\n \tb: 1\n", "tab"},
        {"a: [1, 2\nb: 3\n", "YAML syntax error"},
        {"a: 'x", "YAML syntax error"},
        {"a: 'it''s\nb: 1\n", "f:1:4: the quote that starts here is never closed"},
        {"a: \"x\\\"\n", "f:1:4: the quote that starts here is never closed"},
        {"a: b: c\n", "f:1:5: YAML syntax error"},
        {"{\"mcpServers\":", "f:1:15: JSON syntax error"},
        {"{\n  \"a\": 1\n  \"b\": 2\n}", "f:3:3: JSON syntax error"},
        {"{", "f:1:2: JSON syntax error"},
        {"{a: 1", "YAML syntax error"},
        {"a: \xff\n", "f:1:4: the text is not UTF-8"},
        {"a: 1\nb: \xc0\xaf\n", "f:2:4: the text is not UTF-8"},
        {"a: \xed\xa0\x80\n", "not UTF-8"},
        {"a: \x01\n", "f:1:4: control character 0x01"},
        {std::string_view("a: \0\n", 5), "control character 0x00"},
        {"\xff\xfe"
         "a",
         "not UTF-8"},
        {"{\"a\": \"\\ud800\"}", "f:1:7: the text holds half of a surrogate pair"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(refused(text), testing::HasSubstr(std::string(expected))) << text;
}

TEST(read_yaml, references_may_stand_unquoted_in_brackets) {
    EXPECT_EQ(tree("a: [${X}, {b: ${Y:-1, 2}, c: 'd'}]\n"), "@1:1 a mapping\n"
                                                            "a@1:4 a list\n"
                                                            "a[0]@1:5 ${X}\n"
                                                            "a[1]@1:11 a mapping\n"
                                                            "a[1].b@1:15 ${Y:-1, 2}\n"
                                                            "a[1].c@1:30 \"d\"\n");
    EXPECT_EQ(tree("{a: http://${HOST}:${PORT:-80}/x, b: ${file:/run/a b}}"),
              "@1:1 a mapping\na@1:5 http://${HOST}:${PORT:-80}/x\nb@1:38 ${file:/run/a b}\n");
    EXPECT_EQ(tree("{\"a\": ${X}, \"b\": [\"${Y:-[]}\"]}"),
              "@1:1 a mapping\na@1:7 ${X}\nb@1:18 a list\nb[0]@1:19 \"${Y:-[]}\"\n");
    // Everywhere else nothing changes.
    EXPECT_EQ(tree("a: ${X:-#1: {2}} # ${Z}\nb: |\n  ${X: y}\nc: \"$${X}\\t${Y}\"\n"),
              "@1:1 a mapping\na@1:4 ${X:-#1: {2}}\nb@2:4 \"${X: y}\n\"\nc@4:4 \"$${X}\t${Y}\"\n");
    EXPECT_THAT(refused("a: [${X, b]\n"), testing::HasSubstr("YAML syntax error"));
    EXPECT_THAT(refused("a: [${X, 'b}']\n"), testing::HasSubstr("YAML syntax error"));
}

TEST(read_yaml, allows_tabs_where_they_do_not_nest) {
    EXPECT_EQ(tree("a: |\n  x\n  \ty\n"), "@1:1 a mapping\na@1:4 \"x\n\ty\n\"\n");
    EXPECT_EQ(tree("a:\t1\n"), "@1:1 a mapping\na@1:4 1\n");
}

TEST(read_yaml, bounds_size_and_depth) {
    EXPECT_THAT(refused(std::string(max_config_bytes + 1, 'a')), testing::HasSubstr("4MiB"));
    std::string deep;
    for (unsigned i = 0; i <= max_config_depth; ++i)
        deep += std::string(i, ' ') + "a:\n";
    EXPECT_THAT(refused(deep), testing::HasSubstr("f:65:65: lists and mappings are nested too deep"));
    EXPECT_THAT(refused(std::string(100'000, '[')), testing::HasSubstr("f:1:"));
    EXPECT_THAT(refused(std::string(100'000, '{')), testing::HasSubstr("f:1:"));
    std::string dashes;
    for (int i = 0; i < 5'000; ++i)
        dashes += "- ";
    EXPECT_THAT(refused(dashes), testing::HasSubstr("nested too deep"));
}

TEST(read_yaml, does_not_follow_an_alias_bomb) {
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 40; ++i)
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    EXPECT_THAT(refused(bomb), testing::HasSubstr("anchors"));
}

} // namespace
} // namespace vmcp
