// Which tools a client sees, under which name, and why the others are missing.
#include "catalog_fixtures.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <gtest/gtest.h>

namespace vmcp::test {
namespace {

workload_tools& workload(config& settings, std::string name) {
    settings.aggregation.tools.push_back({});
    settings.aggregation.tools.back().workload = std::move(name);
    return settings.aggregation.tools.back();
}

TEST(merge_tools, order_is_that_of_the_configuration_then_of_the_backend) {
    const auto settings = config_of({"b", "a", "silent"});
    const auto merged = merge(settings, {tools_of("a", {"z", "y"}), tools_of("b", {"q", "c"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"q=b/q", "c=b/c", "z=a/z", "y=a/y"}));
    EXPECT_EQ(merged->backends(), (strings{"b", "a", "silent"}));
}

TEST(merge_tools, lists_of_unknown_backends_are_ignored) {
    const auto merged = merge(config_of({"a"}), {tools_of("gone", {"x"}), tools_of("a", {"y"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"y=a/y"}));
    EXPECT_TRUE(merged->hidden().empty());
}

TEST(merge_tools, prefix_renames_every_tool) {
    auto settings = config_of({"a", "b"}, conflict_resolution::prefix);
    const std::vector<backend_lists> lists{tools_of("a", {"x", "y"}), tools_of("b", {"x"})};
    EXPECT_EQ(shown(*merge(settings, lists), list_kind::tools), (strings{"a_x=a/x", "a_y=a/y", "b_x=b/x"}));
    settings.aggregation.prefix_format = "{workload}.{workload}-v";
    EXPECT_EQ(shown(*merge(settings, lists), list_kind::tools),
              (strings{"a.a-vx=a/x", "a.a-vy=a/y", "b.b-vx=b/x"}));
    settings.aggregation.prefix_format = "";
    const auto merged = merge(settings, lists);
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=a/x", "y=a/y"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"b/x: the name \"x\" belongs to \"x\" of backend \"a\"; rename one of them under "
                       "overrides in aggregation.tools"}));
}

// "a_b_c" reads as the "c" of "a_b", whoever comes first.
TEST(merge_tools, names_that_meet_after_prefixing_belong_to_the_longer_backend_name) {
    const auto merged = merge(config_of({"a", "a_b"}, conflict_resolution::prefix),
                              {tools_of("a", {"b_c"}), tools_of("a_b", {"c"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"a_b_c=a_b/c"}));
    EXPECT_EQ(
        hidden(*merged, list_kind::tools),
        (strings{"a/b_c: the name \"a_b_c\" belongs to \"c\" of backend \"a_b\"; rename one of them under "
                 "overrides in aggregation.tools"}));
}

TEST(merge_tools, priority_keeps_bare_names_and_lets_the_first_in_order_win) {
    auto settings = config_of({"a", "b", "c"});
    settings.aggregation.priority_order = {"c", "b"};
    const auto merged =
        merge(settings, {tools_of("a", {"x", "only"}), tools_of("b", {"x", "y"}), tools_of("c", {"x"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"only=a/only", "y=b/y", "x=c/x"}));
    EXPECT_EQ(
        hidden(*merged, list_kind::tools),
        (strings{"a/x: backend \"c\" comes before \"a\" in priorityOrder and has a tool of the same name "
                 "\"x\"",
                 "b/x: backend \"c\" comes before \"b\" in priorityOrder and has a tool of the same name "
                 "\"x\""}));
}

TEST(merge_tools, priority_prefixes_all_when_no_backend_of_the_conflict_is_listed) {
    auto settings = config_of({"a", "b", "c"});
    settings.aggregation.priority_order = {"c"};
    settings.aggregation.prefix_format = "unused-";
    const auto merged =
        merge(settings, {tools_of("a", {"x", "y"}), tools_of("b", {"x"}), tools_of("c", {"z"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"a_x=a/x", "y=a/y", "b_x=b/x", "z=c/z"}));
    EXPECT_EQ(note_of(*merged, "b_x"),
              "prefixed: more than one backend that priorityOrder does not name has \"x\"");
}

TEST(merge_tools, a_name_that_a_backend_chose_wins_over_one_the_gateway_made) {
    const auto merged = merge(config_of({"a", "b", "c"}),
                              {tools_of("a", {"x"}), tools_of("b", {"x"}), tools_of("c", {"a_x"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"b_x=b/x", "a_x=c/a_x"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools).size(), 1U);
}

TEST(merge_tools, manual_shows_the_first_and_never_fails) {
    auto settings = config_of({"a", "b", "c"}, conflict_resolution::manual);
    workload(settings, "b").overrides["x"].name = "x2";
    const auto merged =
        merge(settings, {tools_of("a", {"x"}), tools_of("b", {"x"}), tools_of("c", {"x", "x2"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=a/x", "x2=b/x"}));
    EXPECT_EQ(
        hidden(*merged, list_kind::tools),
        (strings{"c/x: the name \"x\" belongs to \"x\" of backend \"a\"; rename one of them under overrides "
                 "in aggregation.tools",
                 "c/x2: the name \"x2\" belongs to \"x\" of backend \"b\"; rename one of them under "
                 "overrides in aggregation.tools"}));
}

TEST(merge_tools, an_override_changes_what_clients_see_and_not_what_the_backend_is_called_with) {
    auto settings = config_of({"a"});
    auto& change = workload(settings, "a").overrides["x"];
    change.name = "renamed";
    change.description = "better";
    change.annotations.destructive_hint = false;
    const auto merged = merge(settings, {tools_of("a", {"x", "y"})});
    std::string made;
    EXPECT_EQ(merged->list(list_kind::tools).page("", made).value(),
              R"({"tools":[{"description":"better","annotations":{"destructiveHint":false},"name":"renamed",)"
              R"("inputSchema":{"type":"object"}},{"name":"y","inputSchema":{"type":"object"}}]})");
    ASSERT_NE(merged->find_tool("renamed"), nullptr);
    EXPECT_EQ(merged->find_tool("renamed")->original, "x");
    EXPECT_EQ(merged->find_tool("renamed")->quoted_original, "\"x\"");
    EXPECT_TRUE(merged->find_tool("renamed")->renamed);
    EXPECT_EQ(merged->find_tool("x"), nullptr);
    EXPECT_FALSE(merged->find_tool("y")->renamed);
}

TEST(merge_tools, overridden_names_are_prefixed_too) {
    auto settings = config_of({"a"}, conflict_resolution::prefix);
    workload(settings, "a").overrides["x"].name = "n";
    EXPECT_EQ(shown(*merge(settings, {tools_of("a", {"x"})}), list_kind::tools), (strings{"a_n=a/x"}));
}

TEST(merge_tools, two_tools_of_one_backend_cannot_get_one_name) {
    auto settings = config_of({"a"});
    workload(settings, "a").overrides["y"].name = "x";
    const auto merged = merge(settings, {tools_of("a", {"x", "y"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=a/x"}));
    EXPECT_EQ(
        hidden(*merged, list_kind::tools),
        (strings{"a/y: the same backend's \"x\" already has the name \"x\"; see the overrides of workload "
                 "\"a\""}));
}

TEST(merge_tools, the_filter_sees_names_after_overrides) {
    auto settings = config_of({"a", "b"});
    auto& chosen = workload(settings, "a");
    chosen.overrides["x"].name = "n";
    chosen.filter = {"n", "z"};
    const auto merged = merge(settings, {tools_of("a", {"x", "y", "z"}), tools_of("b", {"y"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"n=a/x", "z=a/z", "y=b/y"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"a/y: \"y\" is not in the filter of workload \"a\" in aggregation.tools"}));
    chosen.filter = strings{};
    EXPECT_EQ(shown(*merge(settings, {tools_of("a", {"x"})}), list_kind::tools), strings{});
}

TEST(merge_tools, what_is_filtered_takes_part_in_no_conflict) {
    auto settings = config_of({"a", "b"}, conflict_resolution::manual);
    workload(settings, "a").filter = {"other"};
    const auto merged = merge(settings, {tools_of("a", {"x"}), tools_of("b", {"x"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=b/x"}));
}

TEST(merge_tools, exclusions) {
    auto settings = config_of({"a", "b"});
    workload(settings, "a").exclude_all = true;
    const std::vector<backend_lists> lists{tools_of("a", {"x"}), tools_of("b", {"y"})};
    auto merged = merge(settings, lists);
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"y=b/y"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"a/x: excludeAll is true for workload \"a\" in aggregation.tools"}));
    settings.aggregation.exclude_all_tools = true;
    merged = merge(settings, lists);
    EXPECT_EQ(shown(*merged, list_kind::tools), strings{});
    EXPECT_EQ(hidden(*merged, list_kind::tools), (strings{"a/x: aggregation.excludeAllTools is true",
                                                          "b/y: aggregation.excludeAllTools is true"}));
    EXPECT_EQ(merged->find_tool("y"), nullptr);
    EXPECT_EQ(only_page(*merged, list_kind::tools), R"({"tools":[]})");
}

TEST(merge_tools, denied_by_default_means_named_workloads_only) {
    auto settings = config_of({"a", "b"});
    settings.aggregation.default_visible = false;
    workload(settings, "a");
    const auto merged = merge(settings, {tools_of("a", {"x"}), tools_of("b", {"y"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=a/x"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"b/y: aggregation.defaultToolVisibility is deny and aggregation.tools has no workload "
                       "\"b\""}));
}

TEST(merge_tools, a_tool_listed_twice_is_shown_once) {
    auto lists = tools_of("a", {"x", "y"});
    lists.tools.push_back(item("name", "x", R"(,"second":true)"));
    const auto merged = merge(config_of({"a"}), {lists});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"x=a/x", "y=a/y"}));
    EXPECT_EQ(only_page(*merged, list_kind::tools).find("second"), std::string::npos);
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"a/x: the backend lists more than one tool with this name; the first one is shown"}));
}

TEST(merge_tools, names_that_clients_refuse_are_changed_and_reported) {
    const std::string edge(64, 'e');
    const std::string long_name(80, 'l');
    const auto merged = merge(config_of({"a"}), {tools_of("a", {"ok", "repo/list", edge, long_name})});
    const auto visible = merged->visible();
    ASSERT_EQ(visible.size(), 4U);
    EXPECT_EQ(visible[0].exposed, "ok");
    EXPECT_EQ(visible[0].note, "");
    EXPECT_TRUE(visible[1].exposed.starts_with("repo_list_")) << visible[1].exposed;
    EXPECT_EQ(visible[1].note, "renamed from \"repo/list\", which clients refuse: the name has characters "
                               "other than A-Z a-z 0-9 _ . -");
    EXPECT_EQ(visible[2].exposed, edge);
    EXPECT_EQ(visible[3].exposed.size(), 64U);
    EXPECT_NE(visible[3].note.find("longer than 64"), std::string::npos);
    for (const auto& entry : visible) {
        ASSERT_NE(merged->find_tool(entry.exposed), nullptr);
        EXPECT_EQ(merged->find_tool(entry.exposed)->original, entry.original);
    }
    EXPECT_EQ(merged->find_tool("repo/list"), nullptr);
}

TEST(merge_tools, a_long_backend_name_leaves_the_tool_readable) {
    const std::string backend = "platform-engineering-production-cluster-inventory-eu";
    const auto merged = merge(config_of({backend}, conflict_resolution::prefix),
                              {tools_of(backend, {"list_namespaces", "list_nodes", "x"})});
    const auto visible = merged->visible();
    EXPECT_EQ(visible[0].exposed.substr(0, 56), "platform-engineering-production-cluster_list_namespaces_");
    EXPECT_EQ(visible[1].exposed, backend + "_list_nodes") << "64 characters are allowed";
    EXPECT_EQ(visible[2].exposed, backend + "_x");
    EXPECT_EQ(merged->find_tool(visible[0].exposed)->original, "list_namespaces");
}

TEST(merge_tools, exclude_hides_by_the_name_after_overrides_and_wins_over_filter) {
    auto settings = config_of({"a", "b"});
    auto& tools = workload(settings, "a");
    tools.overrides["x"].name = "new";
    tools.exclude = {"new", "y", "nobody"};
    tools.filter = {"new", "y", "z"};
    workload(settings, "b").exclude = {"x"};
    const auto merged = merge(settings, {tools_of("a", {"x", "y", "z", "w"}), tools_of("b", {"new", "x"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"z=a/z", "new=b/new"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"a/x: \"new\" is in exclude of workload \"a\" in aggregation.tools",
                       "a/y: \"y\" is in exclude of workload \"a\" in aggregation.tools",
                       "a/w: \"w\" is not in the filter of workload \"a\" in aggregation.tools",
                       "b/x: \"x\" is in exclude of workload \"b\" in aggregation.tools"}));
}

TEST(merge_tools, a_changed_name_does_not_depend_on_who_else_is_there) {
    const auto alone = merge(config_of({"b"}), {tools_of("b", {"x/y"})});
    const auto together =
        merge(config_of({"a", "b"}), {tools_of("a", {"x y", "x_y"}), tools_of("b", {"x/y"})});
    EXPECT_EQ(together->find_tool(alone->visible()[0].exposed)->original, "x/y");
}

TEST(merge_tools, a_changed_name_never_takes_one_that_is_taken) {
    const std::string wanted = merge(config_of({"a"}), {tools_of("a", {"x/y"})})->visible()[0].exposed;
    const auto merged = merge(config_of({"a", "b"}), {tools_of("a", {"x/y"}), tools_of("b", {wanted})});
    EXPECT_EQ(merged->find_tool(wanted)->original, wanted);
    ASSERT_EQ(merged->visible().size(), 2U);
    EXPECT_NE(merged->visible()[0].exposed, wanted);
    EXPECT_EQ(merged->find_tool(merged->visible()[0].exposed)->original, "x/y");
}

TEST(merge_tools, what_could_not_be_read_is_reported) {
    auto lists = tools_of("a", {"x"});
    lists.dropped.push_back({list_kind::tools, "", "entry 1 has no member \"name\""});
    lists.tools.push_back({"odd", "[]"});
    lists.tools.push_back({"", "{}"});
    const auto merged = merge(config_of({"a"}, conflict_resolution::prefix), {lists});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"a_x=a/x"}));
    EXPECT_EQ(hidden(*merged, list_kind::tools),
              (strings{"a/: entry 1 has no member \"name\"", "a/: it has no name",
                       "a/odd: it is not a JSON object with a member \"name\""}));
}

// A backend that comes first cannot take the names that another one's prefix makes.
TEST(merge_tools, of_two_prefixed_names_the_longer_backend_name_wins_and_both_rows_say_so) {
    const auto settings = config_of({"a", "a_b"}, conflict_resolution::prefix);
    const auto merged = merge(settings, {tools_of("a", {"b_echo"}), tools_of("a_b", {"echo"})});
    ASSERT_NE(merged->find_tool("a_b_echo"), nullptr);
    EXPECT_EQ(merged->find_tool("a_b_echo")->backend, 1U);
    ASSERT_EQ(merged->hidden().size(), 1U);
    EXPECT_EQ(merged->hidden()[0].backend, "a");
    EXPECT_NE(merged->hidden()[0].reason.find("belongs to \"echo\" of backend \"a_b\""), std::string::npos);
    EXPECT_NE(merged->visible(list_kind::tools)[0].note.find("\"b_echo\" of backend \"a\""),
              std::string::npos);
}

// One backend's odd entry is nobody else's trouble.
TEST(merge_tools, entries_that_do_not_fit_the_schema_go_by_the_policy) {
    std::vector<list_item> items;
    ASSERT_TRUE(read_list_page(list_kind::tools,
                               R"({"tools":[{"name":"good","inputSchema":{"type":"object"}},)"
                               R"({"name":"mendable","description":null},)"
                               R"({"name":"bad","inputSchema":{"type":"string"}}]})",
                               items));
    backend_lists a{.backend = "a", .tools = items};
    auto settings = config_of({"a", "b"});
    struct row {
        invalid_entries policy;
        strings shown;
        strings hidden;
    };
    for (const auto& row : {row{invalid_entries::repair, {"good", "mendable", "x"}, {"bad"}},
                            row{invalid_entries::hide, {"good", "x"}, {"mendable", "bad"}},
                            row{invalid_entries::pass, {"good", "mendable", "bad", "x"}, {}}}) {
        settings.aggregation.invalid_entries = row.policy;
        const auto merged = merge(settings, {a, tools_of("b", {"x"})});
        strings shown;
        strings hidden;
        for (const auto& entry : merged->visible(list_kind::tools))
            shown.push_back(entry.exposed);
        for (const auto& entry : merged->hidden())
            hidden.push_back(entry.name);
        EXPECT_EQ(shown, row.shown);
        EXPECT_EQ(hidden, row.hidden);
    }
    settings.aggregation.invalid_entries = invalid_entries::repair;
    const auto merged = merge(settings, {a});
    EXPECT_EQ(merged->list(list_kind::tools).entries()[1],
              R"({"name":"mendable","inputSchema":{"type":"object"}})");
    EXPECT_NE(merged->visible(list_kind::tools)[1].note.find("mended: \"description\" was null"),
              std::string::npos);
    EXPECT_EQ(
        merged->hidden()[0].reason,
        "it does not fit the protocol's schema: \"inputSchema\" has the type \"string\", not \"object\"");
}

} // namespace
} // namespace vmcp::test
