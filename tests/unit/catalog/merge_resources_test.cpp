// Prompts, resources and templates in the merged catalog; capabilities, instructions, fingerprints.
#include "catalog_fixtures.hpp"

#include "vmcp/catalog/uri_template.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace vmcp::test {
namespace {

TEST(merge_prompts, are_prefixed_by_prefix_and_manual) {
    for (const auto rule : {conflict_resolution::prefix, conflict_resolution::manual}) {
        const auto merged =
            merge(config_of({"a", "b"}, rule), {prompts_of("a", {"p"}), prompts_of("b", {"p q"})});
        EXPECT_EQ(shown(*merged, list_kind::prompts), (strings{"a_p=a/p", "b_p q=b/p q"}));
        EXPECT_EQ(merged->find_prompt("b_p q")->original, "p q");
        EXPECT_EQ(merged->find_prompt("p q"), nullptr);
        EXPECT_EQ(merged->find_tool("a_p"), nullptr);
    }
}

TEST(merge_prompts, keep_their_names_by_priority) {
    auto settings = config_of({"a", "b"});
    settings.aggregation.priority_order = {"b"};
    settings.aggregation.exclude_all_tools = true; // says nothing of prompts
    const auto merged = merge(settings, {prompts_of("a", {"p", "q"}), prompts_of("b", {"p"})});
    EXPECT_EQ(shown(*merged, list_kind::prompts), (strings{"q=a/q", "p=b/p"}));
    EXPECT_EQ(hidden(*merged, list_kind::prompts).size(), 1U);
}

TEST(merge_prompts, of_ambiguous_names_the_one_with_the_longer_prefix_is_kept) {
    const auto merged = merge(config_of({"a", "a_b"}, conflict_resolution::prefix),
                              {prompts_of("a", {"b_c"}), prompts_of("a_b", {"c"})});
    EXPECT_EQ(shown(*merged, list_kind::prompts), (strings{"a_b_c=a_b/c"}));
    EXPECT_EQ(hidden(*merged, list_kind::prompts),
              (strings{"a/b_c: the name \"a_b_c\" belongs to \"c\" of backend \"a_b\"; choose another "
                       "prefixFormat"}));
}

TEST(merge_resources, other_spellings_of_what_looks_wrapped_are_the_same_too) {
    const auto merged = merge(config_of({"a", "b"}),
                              {uris_of("a", {"mcp+a:ui://Host/x"}), uris_of("b", {"mcp+a:ui://host/x"})});
    EXPECT_EQ(shown(*merged, list_kind::resources), (strings{"mcp+a:ui://Host/x=a/mcp+a:ui://Host/x",
                                                             "mcp+b:mcp+a:ui://host/x=b/mcp+a:ui://host/x"}));
    EXPECT_EQ(merged->find_resource("mcp+a:ui://host/x")->backend, 0U);
    EXPECT_EQ(merged->find_resource("mcp+b:mcp+a:ui://host/x")->backend, 1U);
}

TEST(merge_resources, keep_their_uris_whatever_the_rule_for_names) {
    for (const auto rule : {conflict_resolution::prefix, conflict_resolution::priority}) {
        const auto merged =
            merge(config_of({"a", "b"}, rule), {uris_of("a", {"f:1"}), uris_of("b", {"f:2"})});
        EXPECT_EQ(shown(*merged, list_kind::resources), (strings{"f:1=a/f:1", "f:2=b/f:2"}));
        const auto found = merged->find_resource("f:2");
        ASSERT_TRUE(found);
        EXPECT_EQ(found->backend, 1U);
        EXPECT_EQ(found->original, "f:2");
        EXPECT_FALSE(found->renamed);
        EXPECT_FALSE(merged->find_resource("f:3"));
        EXPECT_EQ(merged->expose_uri(1, "f:1"), "mcp+b:f:1") << "what b calls so is not what a lists";
        EXPECT_EQ(merged->expose_uri(1, "f:3"), "f:3");
    }
}

TEST(merge_resources, the_later_one_of_a_collision_is_wrapped_and_found_again) {
    const auto merged =
        merge(config_of({"a", "b"}), {uris_of("a", {"ui://w"}), uris_of("b", {"ui://w", "ui://b"})});
    EXPECT_EQ(shown(*merged, list_kind::resources),
              (strings{"ui://w=a/ui://w", "mcp+b:ui://w=b/ui://w", "ui://b=b/ui://b"}));
    EXPECT_EQ(only_page(*merged, list_kind::resources),
              R"({"resources":[{"uri":"ui://w","name":"r"},{"uri":"mcp+b:ui://w","name":"r"},)"
              R"({"uri":"ui://b","name":"r"}]})");
    EXPECT_EQ(note_of(*merged, "mcp+b:ui://w"), "wrapped: backend \"a\" has the same uri");
    const auto found = merged->find_resource("mcp+b:ui://w");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->backend, 1U);
    EXPECT_EQ(found->original, "ui://w");
    EXPECT_EQ(found->quoted_original, "\"ui://w\"");
    EXPECT_TRUE(found->renamed);
    EXPECT_EQ(merged->find_resource("ui://w")->backend, 0U);
    EXPECT_EQ(merged->expose_uri(0, "ui://w"), "ui://w");
    EXPECT_EQ(merged->expose_uri(1, "ui://w"), "mcp+b:ui://w");
    EXPECT_EQ(merged->expose_uri(1, "ui://b"), "ui://b");
    EXPECT_EQ(merged->expose_uri(1, "ui://unknown"), "ui://unknown");
    EXPECT_EQ(merged->find_template("mcp+b:ui://w")->backend, 1U);
}

TEST(merge_resources, what_a_backend_writes_comes_back_to_it_even_when_it_looks_wrapped) {
    const auto merged = merge(config_of({"a", "b"}), {uris_of("a", {"x:1"}), uris_of("b", {"x:1"})});
    EXPECT_EQ(merged->expose_uri(1, "mcp+b:x:1"), "mcp+b:mcp+b:x:1");
    EXPECT_EQ(merged->find_resource("mcp+b:mcp+b:x:1")->original, "mcp+b:x:1");
}

TEST(merge_resources, three_claimants_each_have_a_form) {
    const auto merged = merge(config_of({"a", "b", "c"}),
                              {uris_of("a", {"x:1"}), uris_of("b", {"x:1"}), uris_of("c", {"x:1"})});
    EXPECT_EQ(shown(*merged, list_kind::resources),
              (strings{"x:1=a/x:1", "mcp+b:x:1=b/x:1", "mcp+c:x:1=c/x:1"}));
}

TEST(merge_resources, web_addresses_are_never_wrapped) {
    const auto merged = merge(config_of({"a", "b"}),
                              {uris_of("a", {"https://x", "y:1"}), uris_of("b", {"https://x", "y:1"})});
    EXPECT_EQ(shown(*merged, list_kind::resources),
              (strings{"https://x=a/https://x", "y:1=a/y:1", "mcp+b:y:1=b/y:1"}));
    EXPECT_EQ(
        hidden(*merged, list_kind::resources),
        (strings{"b/https://x: backend \"a\" comes first in the configuration with the same uri; http and "
                 "https URIs cannot be told apart by a wrapped form"}));
    EXPECT_EQ(merged->expose_uri(1, "https://x"), "https://x");
}

TEST(merge_resources, a_uri_that_looks_wrapped_and_is_a_backends_own_wins) {
    const auto merged =
        merge(config_of({"a", "b"}), {uris_of("a", {"x:1", "mcp+b:x:1"}), uris_of("b", {"x:1"})});
    EXPECT_EQ(shown(*merged, list_kind::resources), (strings{"x:1=a/x:1", "mcp+b:x:1=a/mcp+b:x:1"}));
    EXPECT_EQ(merged->find_resource("mcp+b:x:1")->backend, 0U);
    EXPECT_EQ(hidden(*merged, list_kind::resources),
              (strings{"b/x:1: wrapped: backend \"a\" has the same uri, and \"mcp+b:x:1\" is taken too"}));
}

TEST(merge_resources, a_wrapped_uri_still_leads_home_when_the_collision_is_gone) {
    const auto merged = merge(config_of({"a", "b"}), {uris_of("b", {"x:1"})});
    const auto found = merged->find_resource("mcp+b:x:1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->backend, 1U);
    EXPECT_EQ(found->original, "x:1");
}

TEST(merge_templates, lead_what_they_expand_to_their_backend) {
    const auto merged = merge(config_of({"a", "b"}), {uris_of("a", {}, {"a://{x}/y"}),
                                                      uris_of("b", {"a://listed/y"}, {"b://{+p}"})});
    EXPECT_EQ(merged->find_resource("a://1/y")->backend, 0U);
    EXPECT_EQ(merged->find_resource("a://listed/y")->backend, 1U); // a listed URI comes first
    EXPECT_EQ(merged->find_resource("b://1/2/3")->original, "b://1/2/3");
    EXPECT_EQ(merged->find_resource("a://S\xc3\xa3o Paulo/y")->backend, 0U);
    EXPECT_FALSE(merged->find_resource("c://1"));
    ASSERT_NE(merged->find_template("b://{+p}"), nullptr);
    EXPECT_EQ(merged->find_template("b://{+p}")->backend, 1U);
    EXPECT_EQ(merged->find_template("b://{p}"), nullptr);
}

TEST(merge_templates, an_exact_expansion_comes_before_a_loose_one) {
    const auto merged = merge(config_of({"a", "b"}),
                              {uris_of("a", {}, {"x://{one}"}), uris_of("b", {}, {"x://{one}:{two}"})});
    EXPECT_EQ(merged->find_resource("x://1")->backend, 0U);
    EXPECT_EQ(merged->find_resource("x://1:2")->backend, 1U);
    EXPECT_EQ(merged->find_resource("x://1@2")->backend, 0U);
}

TEST(merge_templates, collisions_are_wrapped_and_their_expansions_found) {
    const auto merged = merge(config_of({"a", "b"}),
                              {uris_of("a", {}, {"{+any}", "f://{x}"}), uris_of("b", {}, {"f://{x}"})});
    EXPECT_EQ(shown(*merged, list_kind::templates),
              (strings{"{+any}=a/{+any}", "f://{x}=a/f://{x}", "mcp+b:f://{x}=b/f://{x}"}));
    const auto found = merged->find_resource("mcp+b:f://1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->backend, 1U);
    EXPECT_EQ(found->original, "f://1");
    EXPECT_EQ(merged->find_resource("f://1")->backend, 0U);
    EXPECT_EQ(merged->expose_uri(1, "f://1"), "mcp+b:f://1");
    EXPECT_EQ(merged->find_template("mcp+b:f://{x}")->original, "f://{x}");
}

TEST(merge_templates, what_is_no_template_is_listed_with_a_note) {
    const auto merged = merge(config_of({"a"}), {uris_of("a", {}, {"f://{x", "g://{y}"})});
    EXPECT_EQ(shown(*merged, list_kind::templates), (strings{"f://{x=a/f://{x", "g://{y}=a/g://{y}"}));
    EXPECT_EQ(note_of(*merged, "f://{x"),
              "listed, but URIs are not matched against it: URI template, byte 4: '{' without '}'");
    EXPECT_TRUE(merged->find_resource("g://1"));
}

TEST(merge_templates, one_backend_cannot_make_every_read_slow) {
    strings many;
    for (int i = 0; i < 1001; ++i)
        many.push_back("t" + std::to_string(i) + ":{+x}");
    const auto merged = merge(config_of({"a", "b"}), {uris_of("a", {}, many), uris_of("b", {}, {"b:{x}"})});
    EXPECT_TRUE(merged->find_resource("t999:1"));
    EXPECT_FALSE(merged->find_resource("t1000:1"));
    EXPECT_TRUE(merged->find_resource("b:1"));
    EXPECT_NE(note_of(*merged, "t1000:{+x}").find("only the first 1000"), std::string::npos);
}

TEST(merge_templates, a_backend_with_templates_made_to_be_slow_loses_its_own_only) {
    std::string slow;
    for (int i = 0; i < 60; ++i)
        slow += "{+a}a";
    strings hostile;
    for (int i = 0; i < 1000; ++i)
        hostile.push_back(slow + std::to_string(i));
    const auto merged =
        merge(config_of({"a", "b"}), {uris_of("a", {}, hostile), uris_of("b", {}, {"{+x}b"})});
    const auto start = std::chrono::steady_clock::now();
    const auto found = merged->find_resource(std::string(max_template_uri - 1, 'a') + "b");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->backend, 1U);
}

TEST(merge_initialize, features_instructions_and_capabilities) {
    auto settings = config_of({"a", "b"});
    auto lists = tools_of("b", {"x"});
    lists.capabilities = R"({"tools":{},"logging":{}})";
    lists.instructions = "use x";
    const auto merged = merge(settings, {lists});
    EXPECT_EQ(merged->features(0), backend_features{});
    EXPECT_EQ(merged->features(1), (backend_features{.known = true, .tools = true, .logging = true}));
    EXPECT_EQ(merged->instructions(), "use x");
    EXPECT_EQ(merged->capabilities(), gateway_capabilities());
    EXPECT_EQ(merge(settings, {})->capabilities(), merged->capabilities());
    settings.instructions = "preamble";
    EXPECT_EQ(merge(settings, {lists})->instructions(), "preamble\n\nuse x");
}

// MCP Apps: the page of a tool is its backend's, although another backend calls one of its own alike.
TEST(merge_mentions, lead_to_the_backend_of_the_tool) {
    const auto tool = [](const std::string& name, const std::string& uri) {
        return list_item{name, R"({"name":")" + name + R"(","_meta":{"ui":{"resourceUri":")" + uri +
                                   R"("}},"inputSchema":{"type":"object"}})"};
    };
    backend_lists a{.backend = "a", .tools = {tool("x", "ui://page"), tool("own", "ui://a")}};
    backend_lists b{.backend = "b", .tools = {tool("x", "ui://page"), tool("odd", "UI://%70age")}};
    b.resources = uris_of("b", {"ui://listed"}).resources;
    backend_lists c{.backend = "c", .tools = {tool("x", "ui://listed"), tool("web", "https://page")}};
    const auto merged = merge(config_of({"a", "b", "c"}, conflict_resolution::prefix), {a, b, c});
    const auto page = only_page(*merged, list_kind::tools);
    const auto uri_of = [&](const std::string& exposed) {
        for (const auto entry : merged->list(list_kind::tools).entries())
            if (json_member(entry, "name").raw == vmcp::quoted(exposed))
                return unquoted(
                           json_member(json_member(json_member(entry, "_meta").raw, "ui").raw, "resourceUri")
                               .raw)
                    .value_or("");
        return std::string("no such tool");
    };
    EXPECT_EQ(uri_of("a_x"), "ui://page");
    EXPECT_EQ(uri_of("b_x"), "mcp+b:ui://page");
    EXPECT_EQ(uri_of("b_odd"), "mcp+b:UI://%70age") << "the same in another spelling";
    EXPECT_EQ(uri_of("c_x"), "mcp+c:ui://listed");
    EXPECT_EQ(uri_of("c_web"), "https://page");
    const auto owner = [&](const std::string& uri) {
        return merged->backends()[merged->find_resource(uri)->backend];
    };
    EXPECT_EQ(owner("ui://page"), "a");
    EXPECT_EQ(owner("UI://p%61ge"), "a");
    EXPECT_EQ(owner("mcp+b:ui://page"), "b");
    EXPECT_EQ(merged->find_resource("mcp+b:ui://page")->original, "ui://page");
    EXPECT_EQ(owner("ui://listed"), "b");
    EXPECT_EQ(owner("mcp+c:ui://listed"), "c");
    EXPECT_EQ(owner("ui://a"), "a") << "only the owner is asked for what a tool names";
}

TEST(merge_resources, are_found_in_every_spelling) {
    const auto merged = merge(config_of({"a", "b"}), {uris_of("a", {"HTTP://Host/%7e", "file:///x"}),
                                                      uris_of("b", {"http://host/~"})});
    EXPECT_EQ(merged->find_resource("http://host/~")->original, "HTTP://Host/%7e")
        << "as its owner writes it";
    EXPECT_EQ(merged->find_resource("FILE:///%78")->original, "file:///x");
    EXPECT_EQ(merged->hidden().size(), 1U) << "b's is the same one";
}

// Policies must not depend on how a client spells what they are about.
TEST(merge_resources, have_one_name_for_policies_in_every_spelling) {
    auto b = uris_of("b", {"FILE:///only", "file:///both"}, {"db:{+row}"});
    b.tools.push_back(item("name", "t", R"(,"_meta":{"ui":{"resourceUri":"ui://Page"}})"));
    const auto merged = merge(config_of({"a", "b"}), {uris_of("a", {"file:///both"}), b});
    struct {
        std::string name; // the one that policies know
        std::string sent; // what b is asked for
        strings spellings;
    } const rows[] = {
        {"FILE:///only",
         "FILE:///only",
         {"FILE:///only", "file:///only", "file:///o%6ely", "file:///x/../only", "mcp+b:file:///only",
          "MCP+B:FILE:/%6fnly"}},
        {"mcp+b:file:///both",
         "file:///both",
         {"mcp+b:file:///both", "mcp+b:FILE:///both", "MCP+b:file:///x/%2e%2e/both"}},
        {"ui://Page", "ui://Page", {"ui://Page", "UI://page", "mcp+b:ui://PAGE"}},
    };
    for (const auto& row : rows)
        for (const auto& uri : row.spellings) {
            const auto found = merged->find_resource(uri);
            ASSERT_TRUE(found) << uri;
            EXPECT_EQ(found->backend, 1U) << uri;
            EXPECT_EQ(found->original, row.sent) << uri;
            EXPECT_EQ(merged->names_of(*found), strings{row.name}) << uri;
        }
    const auto names = [&](const std::string& uri) { return merged->names_of(*merged->find_resource(uri)); };
    EXPECT_EQ(names("db:m%61in"), (strings{"db:m%61in", "db:main"})) << "b may read both alike";
    EXPECT_EQ(names("mcp+b:db:main"), strings{"db:main"});
    EXPECT_EQ(names("mcp+b:x:%61"), (strings{"x:%61", "x:a"})) << "nobody lists it, and b is asked";
}

TEST(merge_templates, the_more_specific_one_gets_what_fits_two_and_both_rows_say_so) {
    const auto merged = merge(config_of({"greedy", "b"}),
                              {uris_of("greedy", {}, {"{+any}"}), uris_of("b", {}, {"b:row/{id}"})});
    EXPECT_EQ(merged->find_resource("b:row/7")->backend, 1U);
    EXPECT_EQ(merged->find_resource("c:row/7")->backend, 0U);
    EXPECT_NE(note_of(*merged, "{+any}").find("\"b:row/{id}\" of backend \"b\""), std::string::npos);
    EXPECT_NE(note_of(*merged, "b:row/{id}").find("\"{+any}\" of backend \"greedy\""), std::string::npos);
}

TEST(merge_fingerprint, changes_with_what_a_client_sees_and_with_nothing_else) {
    const auto settings = config_of({"a", "b"});
    const auto one = merge(settings, {tools_of("a", {"x"})});
    auto with_prompt = tools_of("a", {"x"});
    with_prompt.prompts.push_back(item("name", "p"));
    with_prompt.instructions = "new";
    with_prompt.dropped.push_back({list_kind::tools, "y", "why"});
    const auto other = merge(settings, {with_prompt});
    EXPECT_EQ(one->list(list_kind::tools).fingerprint(), other->list(list_kind::tools).fingerprint());
    EXPECT_NE(one->list(list_kind::prompts).fingerprint(), other->list(list_kind::prompts).fingerprint());
    EXPECT_NE(one->list(list_kind::tools).fingerprint(),
              merge(settings, {})->list(list_kind::tools).fingerprint());
    EXPECT_NE(one->list(list_kind::tools).fingerprint(),
              merge(settings, {tools_of("b", {"y"})})->list(list_kind::tools).fingerprint());
}

TEST(merge_pages, a_cursor_survives_a_new_catalog) {
    auto settings = config_of({"a", "b"});
    settings.limits.page_size = 1;
    std::string made;
    const auto before = merge(settings, {tools_of("a", {"x", "y"})});
    const auto cursor =
        nlohmann::json::parse(before->list(list_kind::tools).page("", made).value())["nextCursor"].dump();
    const auto after = merge(settings, {tools_of("a", {"x", "y"}), prompts_of("b", {"p"})});
    EXPECT_EQ(after->list(list_kind::tools).page(cursor, made).value(),
              before->list(list_kind::tools).page(cursor, made).value());
    const auto changed = merge(settings, {tools_of("a", {"w", "x", "y"}), tools_of("b", {"z"})});
    const auto next = nlohmann::json::parse(changed->list(list_kind::tools).page(cursor, made).value());
    EXPECT_EQ(next["tools"][0]["name"], "y") << "it stands behind x";
    EXPECT_TRUE(next.contains("nextCursor"));
    const auto without = merge(settings, {tools_of("a", {"y"}), tools_of("b", {"z"})});
    EXPECT_EQ(without->list(list_kind::tools).page(cursor, made).error().code, errc::bad_cursor);
}

} // namespace
} // namespace vmcp::test
