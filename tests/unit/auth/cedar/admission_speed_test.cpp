// How long decisions take, printed. No test: it asserts nothing about time. Run it with
//     build/release/bin/unit_cedar --gtest_also_run_disabled_tests --gtest_filter='*admission_speed*'
#include "admission_fixture.hpp"

#include <chrono>
#include <cstdio>

namespace auth {
namespace {

constexpr int most = 500;

std::vector<std::string> twenty_policies() {
    std::vector<std::string> out{
        R"(permit(principal in THVGroup::"dev", action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };)",
        R"(forbid(principal, action, resource) unless { context has claim_level && context.claim_level > 1 };)"};
    while (out.size() < 20)
        out.push_back(R"(permit(principal == Client::"u)" + std::to_string(out.size()) +
                      R"(", action == Action::"call_tool", resource == Tool::"t)" +
                      std::to_string(out.size()) + R"(");)");
    return out;
}

// Microseconds of one call of `what`.
template <class F>
double took(int times, F&& what) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i)
        what();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
           times;
}

TEST(admission_speed, DISABLED_of_lists_and_decisions) {
    const auto rules = rules_of(with_policies(twenty_policies()));
    std::vector<std::string> names;
    for (int i = 0; i < most; ++i)
        names.push_back("backend_tool_number_" + std::to_string(i));
    std::vector<vmcp::thing> tools;
    for (const auto& name : names)
        tools.push_back(tool_of(name, R"({"title":"A tool","readOnlyHint":true})"));
    const auto who =
        caller_of("alice", R"({"sub":"alice","groups":["dev","ops"],"level":3,"scope":"a b","iat":1})");

    cedar_admission policy(rules);
    asked ask(policy);
    const auto cold = took(1, [&] { (void)ask.list(who, tools); });
    const auto warm = took(200, [&] { (void)ask.list(who, tools); });
    std::printf("list of %d tools, 20 policies: %.0f us cold, %.0f us warm\n", most, cold, warm);
    std::size_t next = 0;
    const auto first = took(most, [&] { (void)ask.call(who, tools[next++]); });
    const auto again = took(20'000, [&] { (void)ask.call(who, tools[7]); });
    std::printf("one decision: %.1f us cold, %.2f us warm\n", first, again);
}

} // namespace
} // namespace auth
