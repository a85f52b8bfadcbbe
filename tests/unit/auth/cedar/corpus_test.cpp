// The official corpus: generated policies, entities and requests with the decision, reasons and errors that Cedar's
// own tests expect, through everything of ours that lies before the engine. A tenth of the cases, all with
// VMCP_FULL=1, as `./dev test corpus` does.
#include "corpus_archive.hpp"

#include "auth/cedar/policy_engine.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace auth {
namespace {

using files = std::map<std::string, std::string_view>;

std::string text_of(std::string_view object, std::string_view key) {
    return vmcp::unquoted(vmcp::json_member(object, key, 1000).raw).value_or("");
}

cedar_entity named(std::string_view request, std::string_view role) {
    const auto uid = vmcp::json_member(request, role, 1000).raw;
    return {.uid{text_of(uid, "type"), text_of(uid, "id")}, .defined = false};
}

std::vector<std::string_view> elements(std::string_view array) {
    vmcp::json_cursor cursor(array, 1000);
    std::vector<std::string_view> all;
    bool done = !cursor.enter_array();
    while (!done && cursor.next_element(done) && !done) {
        vmcp::json_slice element;
        if (!cursor.value(element))
            break;
        all.push_back(element.raw);
    }
    return all;
}

// "policy3" is 3.
std::vector<std::uint32_t> indexes(std::string_view array) {
    std::vector<std::uint32_t> all;
    for (const auto raw : elements(array))
        all.push_back(static_cast<std::uint32_t>(std::stoul(std::string(raw.substr(7)))));
    std::sort(all.begin(), all.end());
    return all;
}

struct counts {
    unsigned cases = 0;
    unsigned requests = 0;
    unsigned allowed = 0;
    unsigned with_errors = 0;
};

void check_request(const policy_set& policies, std::string_view request, const std::string& where,
                   counts& seen) {
    const cedar_request asked{.principal = named(request, "principal"),
                              .action = named(request, "action"),
                              .resource = named(request, "resource")};
    const auto made = policies.decide(asked, vmcp::json_member(request, "context", 1000).raw);
    const bool expected = text_of(request, "decision") == "allow";
    const auto errors = indexes(vmcp::json_member(request, "errors", 1000).raw);
    std::vector<std::uint32_t> found;
    for (const auto& error : made.errors)
        found.push_back(error.policy.value_or(UINT32_MAX));
    EXPECT_EQ(made.reasons, indexes(vmcp::json_member(request, "reason", 1000).raw)) << where;
    EXPECT_EQ(found, errors) << where;
    // Cedar leaves out a policy with an error; here it denies.
    EXPECT_EQ(made.allowed, expected && errors.empty()) << where;
    ++seen.requests;
    seen.allowed += expected ? 1 : 0;
    seen.with_errors += errors.empty() ? 0 : 1;
}

void check_case(const files& corpus, const std::string& name, std::string_view description, counts& seen) {
    const auto compiled =
        compile_policies({.policies = {std::string(corpus.at(text_of(description, "policies")))},
                          .entities_json = std::string(corpus.at(text_of(description, "entities")))});
    ASSERT_TRUE(compiled.value) << name << ": "
                                << (compiled.problems.empty() ? "" : format_problem(compiled.problems[0]));
    ++seen.cases;
    for (const auto request : elements(vmcp::json_member(description, "requests", 1000).raw))
        check_request(*compiled.value, request, name + " " + text_of(request, "description"), seen);
}

TEST(cedar_corpus, decides_as_expected) {
    const char* const wanted = std::getenv("VMCP_FULL");
    const bool full = wanted != nullptr && std::string_view(wanted) == "1";
    if (!full && !std::filesystem::exists(corpus_path()))
        GTEST_SKIP() << "no test vectors in " << corpus_path();
    ASSERT_TRUE(std::filesystem::exists(corpus_path())) << corpus_path() << " is missing (VMCP_VECTORS)";
    const unsigned step = full ? 1 : 10;
    const auto bytes = unpacked(corpus_path());
    ASSERT_FALSE(bytes.empty()) << "gzip could not unpack " << corpus_path();
    const auto corpus = files_in(bytes);
    counts seen;
    unsigned index = 0;
    for (const auto& [name, content] : corpus) {
        const bool is_case = name.ends_with(".json") && !name.ends_with(".entities.json");
        if (is_case && index++ % step == 0)
            check_case(corpus, name, content, seen);
    }
    EXPECT_GT(index, 7'000U);
    EXPECT_EQ(seen.cases, (index + step - 1) / step);
    EXPECT_EQ(seen.requests, seen.cases * 8);
    EXPECT_GT(seen.allowed, seen.requests / 4);
    EXPECT_GT(seen.with_errors, seen.requests / 50);
    std::printf("%u cases, %u requests, %u allowed, %u with errors\n", seen.cases, seen.requests,
                seen.allowed, seen.with_errors);
}

} // namespace
} // namespace auth
