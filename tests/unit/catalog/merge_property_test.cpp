// What holds for every merge: random backends, names, entries and configurations.
#include "catalog_fixtures.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/name_hygiene.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <random>
#include <set>

namespace vmcp::test {
namespace {

class generator {
public:
    explicit generator(unsigned seed) : random_(seed) {}

    config make_config() {
        const strings names{"github", "a", "a_b", "B", "käse", "very-long-backend-name-that-goes-on-and-on",
                            "z.z"};
        auto settings = config_of({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(1 + below(7))});
        settings.aggregation.invalid_entries = invalid_entries::pass; // every byte is the backend's
        auto& aggregation = settings.aggregation;
        aggregation.resolution = pick<conflict_resolution>(
            {conflict_resolution::prefix, conflict_resolution::priority, conflict_resolution::manual});
        aggregation.prefix_format = pick<std::string>({"{workload}_", "{workload}.", "{workload}", "", "p/"});
        aggregation.exclude_all_tools = below(20) == 0;
        aggregation.default_visible = below(5) != 0;
        for (const auto& backend : settings.backends) {
            if (below(3) == 0)
                aggregation.priority_order.push_back(backend.name);
            if (below(3) == 0)
                aggregation.tools.push_back(make_workload(backend.name));
        }
        settings.limits.page_size = below(5);
        settings.instructions = pick<std::string>({"", "preamble"});
        return settings;
    }

    // The lists, read from pages as a backend would send them.
    std::vector<backend_lists> make_lists(const config& settings) {
        std::vector<backend_lists> out;
        for (const auto& backend : settings.backends) {
            if (below(6) == 0)
                continue;
            backend_lists lists;
            lists.backend = backend.name;
            fill(list_kind::tools, lists.tools);
            fill(list_kind::prompts, lists.prompts);
            fill(list_kind::resources, lists.resources);
            fill(list_kind::templates, lists.templates);
            out.push_back(std::move(lists));
        }
        return out;
    }

    std::mt19937& random() { return random_; }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

    template <class T>
    T pick(std::vector<T> from) {
        return from[below(static_cast<unsigned>(from.size()))];
    }

    std::string tool_name() {
        return pick<std::string>({"x", "y", "get_x", "b_x", "a_x", "x y", "x/y", "名", "_x",
                                  std::string(64, 'q'), std::string(70, 'q'), std::string(70, 'q') + "r",
                                  "with\"quote", "back\\slash"});
    }

    workload_tools make_workload(const std::string& backend) {
        workload_tools out;
        out.workload = backend;
        out.exclude_all = below(8) == 0;
        if (below(3) == 0)
            out.filter = strings{tool_name(), tool_name(), tool_name(), "renamed"};
        for (unsigned n = below(3); n > 0; --n) {
            tool_override change;
            change.name = pick<std::string>({"", "renamed", "x", "re named"});
            if (below(2) == 0)
                change.description = "over\"ridden";
            if (below(2) == 0)
                change.annotations.read_only_hint = below(2) == 0;
            out.overrides[tool_name()] = change;
        }
        return out;
    }

    std::string key_of(list_kind kind) {
        switch (kind) {
        case list_kind::tools:
        case list_kind::prompts:
            return tool_name();
        case list_kind::resources:
            return pick<std::string>(
                {"f:1", "f:2", "https://x/1", "ui://w", "mcp+a:f:1", "mcp+a_b:f:1", "f: ü\""});
        case list_kind::templates:
            break;
        }
        return pick<std::string>({"f:{x}", "f:{+x}", "https://x/{y}", "{bad", "mcp+a:f:{x}", "g{?a,b}"});
    }

    // Bytes that a parser and writer would not give back as they are.
    std::string fidelity() {
        return pick<std::string>({R"(1e2)", R"(10000000000000000000000)", R"(-0.0)", R"("\u00e9\/")",
                                  R"({"a":1,"a":2})", R"([ [ ] , { } ])", R"("\ud800")",
                                  R"({"name":"inner","uri":"inner"})"});
    }

    // The same text for a JSON reader: its first character as an escape.
    static std::string escaped_first(std::string_view text) {
        return (text.front() == 'n' ? "\\u006e" : "\\u0075") + std::string(text.substr(1));
    }

    void fill(list_kind kind, std::vector<list_item>& out) {
        const auto spec = spec_of(kind);
        std::string page = "{\"" + std::string(spec.member) + "\":[";
        for (unsigned n = below(8); n > 0; --n) {
            std::string entry = "{" + pick<std::string>({"", " ", "\n\t"});
            if (below(2) == 0)
                entry += "\"_meta\" : {\"k\":" + fidelity() + "} , ";
            entry += "\"" + (below(2) == 0 ? std::string(spec.key) : escaped_first(spec.key));
            entry += "\":" + nlohmann::json(key_of(kind)).dump(-1, ' ', below(2) == 0);
            if (below(2) == 0)
                entry += ",\"description\": " + fidelity();
            if (below(2) == 0)
                entry += ",\"annotations\":{ \"title\":\"t\" , \"readOnlyHint\":" + fidelity() + "}";
            if (below(2) == 0)
                entry += ", \"x-unknown\" :" + fidelity() + " ";
            page += entry + "}" + (n > 1 ? "," : "");
        }
        const auto info = read_list_page(kind, page + "]}", out);
        ASSERT_TRUE(info) << page << ": " << info.error().message();
        ASSERT_EQ(info->dropped, 0U) << page;
    }

    std::mt19937 random_;
};

const route* find_by_kind(const catalog& merged, const visible_entry& entry) {
    switch (entry.kind) {
    case list_kind::tools:
        return merged.find_tool(entry.exposed);
    case list_kind::prompts:
        return merged.find_prompt(entry.exposed);
    case list_kind::resources:
    case list_kind::templates:
        break;
    }
    return merged.find_template(entry.exposed);
}

const list_item& source_of(const std::vector<backend_lists>& lists, const visible_entry& entry) {
    for (const auto& list : lists)
        if (list.backend == entry.backend)
            for (const auto& candidate : items_of(list, entry.kind))
                if (candidate.key == entry.original)
                    return candidate;
    throw std::logic_error("no such entry");
}

const tool_override* override_of(const config& settings, const visible_entry& entry) {
    if (entry.kind == list_kind::tools)
        for (const auto& workload : settings.aggregation.tools)
            if (workload.workload == entry.backend)
                if (const auto found = workload.overrides.find(entry.original);
                    found != workload.overrides.end())
                    return &found->second;
    return nullptr;
}

// `read` is `written` with one occurrence of the key's literal replaced by the exposed name's.
bool differs_in_the_key_alone(const std::string& written, std::string_view read, const visible_entry& entry) {
    if (entry.exposed == entry.original)
        return read == written;
    for (const bool ascii : {false, true}) {
        const std::string old = nlohmann::json(entry.original).dump(-1, ' ', ascii);
        for (auto at = written.find(old); at != std::string::npos; at = written.find(old, at + 1)) {
            std::string expected = written;
            expected.replace(at, old.size(), nlohmann::json(entry.exposed).dump());
            if (expected == read)
                return true;
        }
    }
    return false;
}

void expect_overridden(const std::string& written, std::string_view read, const visible_entry& entry,
                       const tool_override& change) {
    for (const char* member : {"_meta", "x-unknown"})
        EXPECT_EQ(json_member(written, member).raw, json_member(read, member).raw) << read;
    auto expected = nlohmann::json::parse(written, nullptr, false);
    if (expected.is_discarded())
        return; // half a surrogate pair, which this reader refuses
    expected["name"] = entry.exposed;
    if (change.description)
        expected["description"] = *change.description;
    if (change.annotations.read_only_hint)
        expected["annotations"]["readOnlyHint"] = *change.annotations.read_only_hint;
    EXPECT_EQ(nlohmann::json::parse(read, nullptr, false), expected) << read;
}

void check_pages(const config& settings, const std::vector<backend_lists>& lists, const catalog& merged,
                 list_kind kind) {
    std::vector<list_item> read;
    for (const auto& page : all_pages(merged, kind)) {
        const std::size_t before = read.size();
        const auto info = read_list_page(kind, page, read);
        ASSERT_TRUE(info) << page;
        EXPECT_EQ(info->dropped, 0U) << page;
        if (settings.limits.page_size != 0)
            EXPECT_LE(read.size() - before, settings.limits.page_size);
    }
    std::size_t next = 0;
    for (const auto& entry : merged.visible()) {
        if (entry.kind != kind)
            continue;
        ASSERT_LT(next, read.size());
        const auto& got = read[next++];
        EXPECT_EQ(got.key, entry.exposed);
        const auto& written = source_of(lists, entry).raw;
        const auto* change = override_of(settings, entry);
        if (change != nullptr && (change->description || change->annotations.read_only_hint))
            expect_overridden(written, got.raw, entry, *change);
        else
            EXPECT_TRUE(differs_in_the_key_alone(written, got.raw, entry)) << written << "\n" << got.raw;
    }
    EXPECT_EQ(next, read.size());
}

void check_routes(const catalog& merged) {
    std::set<std::pair<list_kind, std::string>> exposed;
    for (const auto& entry : merged.visible()) {
        EXPECT_TRUE(exposed.emplace(entry.kind, entry.exposed).second) << entry.exposed << " twice";
        if (entry.kind == list_kind::tools)
            EXPECT_TRUE(valid_tool_name(entry.exposed)) << entry.exposed;
        const route* to = find_by_kind(merged, entry);
        ASSERT_NE(to, nullptr) << entry.exposed;
        EXPECT_EQ(merged.backends()[to->backend], entry.backend);
        EXPECT_EQ(to->original, entry.original);
        EXPECT_EQ(nlohmann::json::parse(to->quoted_original).get<std::string>(), entry.original);
        EXPECT_EQ(to->renamed, entry.exposed != entry.original);
        if (entry.kind == list_kind::resources) {
            const auto found = merged.find_resource(entry.exposed);
            ASSERT_TRUE(found);
            EXPECT_EQ(found->backend, to->backend);
            EXPECT_EQ(found->original, entry.original);
            // What the backend then writes into its answer is shown under the URI that was asked for.
            EXPECT_EQ(merged.expose_uri(to->backend, entry.original), entry.exposed);
        }
    }
}

// Every entry that a backend wrote is either visible or hidden with a reason.
void check_nothing_is_lost(const std::vector<backend_lists>& lists, const catalog& merged) {
    std::map<std::pair<list_kind, std::string>, int> balance;
    for (const auto& list : lists)
        for (const list_kind kind : all_list_kinds)
            for (const auto& entry : items_of(list, kind))
                ++balance[{kind, list.backend + "/" + entry.key}];
    for (const auto& entry : merged.visible())
        --balance[{entry.kind, entry.backend + "/" + entry.original}];
    for (const auto& entry : merged.hidden()) {
        --balance[{entry.kind, entry.backend + "/" + entry.name}];
        EXPECT_FALSE(entry.reason.empty());
    }
    for (const auto& [key, count] : balance)
        EXPECT_EQ(count, 0) << key.second;
}

void check_same(const catalog& a, const catalog& b) {
    EXPECT_EQ(a.visible(), b.visible());
    EXPECT_EQ(a.hidden(), b.hidden());
    EXPECT_EQ(a.instructions(), b.instructions());
    for (const list_kind kind : all_list_kinds) {
        EXPECT_EQ(all_pages(a, kind), all_pages(b, kind));
        EXPECT_EQ(a.list(kind).fingerprint(), b.list(kind).fingerprint());
    }
}

TEST(merge_property, holds_for_random_input) {
    for (unsigned seed = 0; seed < 1500; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        generator random(seed);
        config settings = random.make_config();
        auto lists = random.make_lists(settings);
        for (const auto policy : {invalid_entries::repair, invalid_entries::hide}) {
            settings.aggregation.invalid_entries = policy;
            const auto checked = merge(settings, lists);
            check_routes(*checked);
            check_nothing_is_lost(lists, *checked);
        }
        settings.aggregation.invalid_entries = invalid_entries::pass;
        const auto merged = merge(settings, lists);
        check_routes(*merged);
        check_nothing_is_lost(lists, *merged);
        for (const list_kind kind : all_list_kinds)
            check_pages(settings, lists, *merged, kind);
        std::shuffle(lists.begin(), lists.end(), random.random());
        check_same(*merged, *merge(settings, lists));
        if (testing::Test::HasFailure())
            return;
    }
}

// 1,000 backends with 10 tools each are merged in far less than a refresh may take. The bound is generous,
// for builds with sanitizers; the figure itself is printed.
TEST(merge_property, is_fast_enough_for_a_thousand_backends) {
    strings names;
    for (int i = 0; i < 1000; ++i)
        names.push_back("backend-" + std::to_string(i));
    const auto settings = config_of(names, conflict_resolution::prefix);
    std::vector<backend_lists> lists;
    for (const auto& name : names) {
        backend_lists list;
        list.backend = name;
        for (int i = 0; i < 10; ++i)
            list.tools.push_back(
                item("name", "tool_" + std::to_string(i),
                     ",\"description\":\"" + std::string(700, 'd') +
                         R"(","inputSchema":{"type":"object","properties":{"a":{"type":"string"},)"
                         R"("b":{"type":"integer","minimum":0}},"required":["a"]}})"));
        lists.push_back(std::move(list));
    }
    const auto start = std::chrono::steady_clock::now();
    const auto merged = merge(settings, lists);
    const auto took = std::chrono::steady_clock::now() - start;
    std::printf("merge of 10,000 tools: %.1f ms\n", std::chrono::duration<double, std::milli>(took).count());
    EXPECT_EQ(merged->visible().size(), 10'000U);
    EXPECT_EQ(merged->find_tool("backend-999_tool_9")->backend, 999U);
    EXPECT_LT(took, std::chrono::seconds(5));
}

} // namespace
} // namespace vmcp::test
