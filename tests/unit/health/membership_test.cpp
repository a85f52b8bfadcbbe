// Differences between two lists of backends.
#include "health/membership.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace health {
namespace {

using vmcp::backend_config;
using names = std::vector<std::string>;
using part = definition_part;

backend_config named(std::string name) {
    backend_config made;
    made.url = "http://" + name + "/mcp";
    made.name = std::move(name);
    return made;
}

TEST(membership, sorts_backends_into_joining_leaving_and_staying) {
    const auto change = compare({named("a"), named("b"), named("c")}, {named("b"), named("d"), named("c")});
    EXPECT_EQ(change.added, names{"d"});
    EXPECT_EQ(change.removed, names{"a"});
    EXPECT_EQ(change.untouched, (names{"b", "c"}));
    EXPECT_FALSE(change.reordered);
    EXPECT_FALSE(change.nothing());
    EXPECT_EQ(describe(change), "added d; removed a");
}

TEST(membership, sees_no_difference_where_there_is_none) {
    const auto change = compare({named("a"), named("b")}, {named("a"), named("b")});
    EXPECT_TRUE(change.nothing());
    EXPECT_EQ(describe(change), "no change");
    EXPECT_TRUE(compare({}, {}).nothing());
}

TEST(membership, sees_a_new_order) {
    const auto change = compare({named("a"), named("b")}, {named("b"), named("a")});
    EXPECT_TRUE(change.reordered);
    EXPECT_EQ(change.untouched, (names{"b", "a"}));
    EXPECT_EQ(describe(change), "order changed");
}

struct edit {
    const char* what;
    std::function<void(backend_config&)> apply;
    part changed;
    bool replaces;
};

std::vector<edit> edits() {
    return {
        {"url", [](backend_config& b) { b.url += "2"; }, part::url, true},
        {"transport", [](backend_config& b) { b.transport = "sse"; }, part::transport, true},
        {"argument", [](backend_config& b) { b.program.args = {"x"}; }, part::program, true},
        {"variable", [](backend_config& b) { b.program.env["A"] = "x"; }, part::program, true},
        {"ca content", [](backend_config& b) { b.ca_bundle = "PEM"; }, part::ca, true},
        {"auth kind", [](backend_config& b) { b.auth.type = vmcp::auth_strategy::kind::header_injection; },
         part::auth, true},
        {"rotated secret", [](backend_config& b) { b.auth.header_value = "new"; }, part::auth, true},
        {"header", [](backend_config& b) { b.headers["x"] = "y"; }, part::headers, true},
        {"concurrency", [](backend_config& b) { b.max_concurrency = 3; }, part::limits, false},
        {"queue", [](backend_config& b) { b.max_queue = 3; }, part::limits, false},
        {"timeout", [](backend_config& b) { b.timeout = vmcp::milliseconds{1}; }, part::limits, false},
        {"sessions", [](backend_config& b) { b.sessions = vmcp::backend_session_mode::shared; },
         part::sessions, true},
        {"era", [](backend_config& b) { b.era = vmcp::backend_era::modern; }, part::era, true},
        {"metadata", [](backend_config& b) { b.metadata["team"] = "a"; }, part::metadata, false},
        {"problem", [](backend_config& b) { b.problem = "a file is missing"; }, part::problem, true},
    };
}

TEST(membership, tells_a_new_definition_from_new_limits) {
    for (const edit& one : edits()) {
        backend_config to = named("a");
        one.apply(to);
        const auto change = compare({named("a"), named("b")}, {to, named("b")});
        const std::vector<backend_change> expected{{"a", {one.changed}}};
        EXPECT_EQ(one.replaces ? change.replaced : change.adjusted, expected) << one.what;
        EXPECT_TRUE((one.replaces ? change.adjusted : change.replaced).empty()) << one.what;
        EXPECT_EQ(change.untouched, names{"b"}) << one.what;
        EXPECT_EQ(replaces(one.changed), one.replaces);
    }
}

TEST(membership, does_not_care_where_the_same_ca_lies) {
    backend_config to = named("a");
    to.ca_bundle_path = "/elsewhere.pem";
    EXPECT_TRUE(compare({named("a")}, {to}).nothing());
}

TEST(membership, names_all_parts_and_no_values) {
    backend_config to = named("a");
    for (const edit& one : edits())
        one.apply(to);
    to.auth.header_value = "top-secret";
    EXPECT_EQ(
        describe(compare({named("a")}, {to})),
        "replaced a (url, transport, program, ca, auth, headers, limits, sessions, era, metadata, problem)");
}

// A member of backend_config that changed_parts() does not know would be a change that a reload silently
// ignores: this does not compile when one is added. Teach changed_parts() and edits() about it first.
[[maybe_unused]] void know_every_member(const backend_config& all) {
    [[maybe_unused]] const auto& [name, url, transport, program, ca_path, ca, metadata, headers, auth,
                                  sessions, era, concurrency, queue, timeout, problem] = all;
}

TEST(membership, puts_every_backend_into_one_list) {
    std::mt19937 dice(1);
    for (int run = 0; run < 2000; ++run) {
        std::vector<backend_config> before;
        std::vector<backend_config> after;
        const auto all = edits();
        for (int i = 0; i < 8; ++i) {
            backend_config one = named(std::string(1, static_cast<char>('a' + i)));
            if (dice() % 4 != 0)
                before.push_back(one);
            for (std::size_t n = dice() % 3; n > 0; --n)
                all[dice() % all.size()].apply(one);
            if (dice() % 4 != 0)
                after.push_back(one);
        }
        std::shuffle(after.begin(), after.end(), dice);
        const auto change = compare(before, after);
        std::multiset<std::string> seen(change.added.begin(), change.added.end());
        seen.insert(change.removed.begin(), change.removed.end());
        seen.insert(change.untouched.begin(), change.untouched.end());
        for (const auto& one : change.replaced)
            seen.insert(one.name);
        for (const auto& one : change.adjusted)
            seen.insert(one.name);
        std::map<std::string, backend_config> old;
        std::map<std::string, backend_config> fresh;
        for (const auto& one : before)
            old[one.name] = one;
        for (const auto& one : after)
            fresh[one.name] = one;
        std::set<std::string> all_names;
        for (const auto& [name, one] : old)
            all_names.insert(name);
        for (const auto& [name, one] : fresh)
            all_names.insert(name);
        ASSERT_EQ(seen, std::multiset<std::string>(all_names.begin(), all_names.end())); // each exactly once
        for (const auto& name : change.untouched)
            ASSERT_EQ(old[name], fresh[name]);
        ASSERT_EQ(change.nothing(), before == after);
    }
}

} // namespace
} // namespace health
