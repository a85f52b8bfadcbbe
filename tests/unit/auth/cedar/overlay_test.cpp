// Random worlds: decisions with a request's entities laid over the configured ones are those of a configuration in
// which they stand already, and decisions on many resources are each that of one.
#include "policy_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace auth {
namespace {

// One entity: its number, attributes, and the entities above it, always of a greater number so that there is no circle.
struct node {
    int id = 0;
    int weight = 0;
    std::vector<int> parents{};
};

constexpr int node_count = 8;

std::string json_uid(int id) {
    return R"({"type":"N","id":")" + std::to_string(id) + R"("})";
}

std::string json_of(const std::map<int, node>& nodes) {
    std::string text = "[";
    for (const auto& [id, node] : nodes) {
        text.append(text.size() > 1 ? "," : "").append(R"({"uid":)").append(json_uid(id));
        text.append(R"(,"attrs":{"weight":)").append(std::to_string(node.weight));
        // An attribute that refers to another entity: policies get from one to the next.
        text.append(R"(,"next":{"__entity":)")
            .append(json_uid((id + 3) % node_count))
            .append("}},\"parents\":[");
        for (std::size_t index = 0; index < node.parents.size(); ++index)
            text.append(index == 0 ? "" : ",").append(json_uid(node.parents[index]));
        text.append("]}");
    }
    return text.append("]");
}

class world {
public:
    explicit world(unsigned seed) : dice_(seed) {}

    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(dice_); }

    node some_node(int id) {
        node made{.id = id, .weight = below(3)};
        for (int parent = id + 1; parent < node_count; ++parent)
            if (below(3) == 0)
                made.parents.push_back(parent);
        return made;
    }

    std::map<int, node> some_nodes() {
        std::map<int, node> nodes;
        for (int id = 0; id < node_count; ++id)
            if (below(3) != 0)
                nodes.emplace(id, some_node(id));
        return nodes;
    }

    std::string some_entity() {
        const std::array<std::string, 3> variables{"principal", "resource", "action"};
        const auto pick = below(8);
        auto text = pick < 3 ? variables[static_cast<std::size_t>(pick)]
                             : "N::\"" + std::to_string(below(node_count)) + "\"";
        for (int steps = below(3); pick > 2 && steps > 0; --steps)
            text.append(".next");
        return text;
    }

    std::string some_condition() {
        switch (below(5)) {
        case 0:
            return some_entity() + " in " + some_entity();
        case 1:
            return some_entity() + ".weight > 0";
        case 2:
            return some_entity() + " has weight";
        case 3:
            return "!(" + some_entity() + " in " + some_entity() + ")";
        default:
            return some_entity() + " has weight && " + some_entity() + " in " + some_entity();
        }
    }

    std::string some_scope(const std::string& variable) {
        const auto pick = below(4);
        const auto literal = "N::\"" + std::to_string(below(node_count)) + "\"";
        return pick == 0 ? variable + " in " + literal : pick == 1 ? variable + " == " + literal : variable;
    }

    std::string some_policy() {
        return std::string(below(3) == 0 ? "forbid(" : "permit(") + some_scope("principal") + ", action, " +
               some_scope("resource") + ") when { " + some_condition() + " };";
    }

private:
    std::mt19937 dice_;
};

cedar_entity entity_of(const node& from) {
    cedar_entity made{.uid{"N", std::to_string(from.id)},
                      .attributes{{"weight", {std::int64_t{from.weight}}}}};
    for (const auto parent : from.parents)
        made.parents.push_back({"N", std::to_string(parent)});
    return made;
}

// The same entities without a word of the request: what the configuration says of them counts.
cedar_request undefined(cedar_request request) {
    for (auto* entity : {&request.principal, &request.action, &request.resource})
        entity->defined = false;
    return request;
}

void same(const policy_decision& a, const policy_decision& b, const std::string& where) {
    EXPECT_EQ(a.allowed, b.allowed) << where;
    EXPECT_EQ(a.reasons, b.reasons) << where;
    EXPECT_EQ(a.errors, b.errors) << where;
}

// What Cedar says of a configuration in which the laid over entities stand. `next` is no attribute of a request's
// entity, so that the merged configuration must not have it either.
std::string merged_json(const std::map<int, node>& configured, const std::map<int, node>& laid_over) {
    auto rest = configured;
    for (const auto& [id, node] : laid_over)
        rest.erase(id);
    auto text = json_of(rest);
    text.pop_back();
    for (const auto& [id, node] : laid_over) {
        text.append(text.size() > 1 ? "," : "").append(R"({"uid":)").append(json_uid(id));
        text.append(R"(,"attrs":{"weight":)").append(std::to_string(node.weight)).append("},\"parents\":[");
        for (std::size_t index = 0; index < node.parents.size(); ++index)
            text.append(index == 0 ? "" : ",").append(json_uid(node.parents[index]));
        text.append("]}");
    }
    return text.append("]");
}

TEST(cedar_overlay, decides_like_a_configuration_that_holds_everything) {
    unsigned allowed = 0;
    unsigned erred = 0;
    for (unsigned seed = 0; seed < 120; ++seed) {
        world world(seed);
        const auto configured = world.some_nodes();
        std::vector<std::string> policies;
        for (int index = 0; index < 4; ++index)
            policies.push_back(world.some_policy());
        const auto set = compiled(policies, json_of(configured));
        ASSERT_TRUE(set) << seed;
        for (int round = 0; round < 6; ++round) {
            std::map<int, node> laid_over;
            while (laid_over.size() < 3) {
                const auto id = world.below(node_count);
                laid_over.emplace(id, world.some_node(id));
            }
            auto each = laid_over.begin();
            cedar_request request{.principal = entity_of((each++)->second)};
            request.resource = entity_of((each++)->second);
            request.action = entity_of(each->second);
            const auto oracle = compiled(policies, merged_json(configured, laid_over));
            ASSERT_TRUE(oracle) << seed;
            const auto made = set->decide(request);
            same(made, oracle->decide(undefined(request)), "seed " + std::to_string(seed));
            allowed += made.allowed ? 1 : 0;
            erred += made.errors.empty() ? 0 : 1;
        }
    }
    EXPECT_GT(allowed, 60U);
    EXPECT_GT(erred, 60U);
}

TEST(cedar_overlay, decides_on_many_as_on_each) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        world world(seed + 10'000);
        std::vector<std::string> policies;
        for (int index = 0; index < 4; ++index)
            policies.push_back(world.some_policy());
        const auto set = compiled(policies, json_of(world.some_nodes()));
        ASSERT_TRUE(set) << seed;
        cedar_request request{.principal = entity_of(world.some_node(world.below(node_count)))};
        request.action = {.uid{"Action", "call_tool"}};
        std::vector<cedar_entity> resources;
        for (int index = 0; index < 12; ++index)
            resources.push_back(entity_of(world.some_node(world.below(node_count))));
        resources[3].defined = false;
        resources[5].uid.type = "Other";
        const auto many = set->decide_many(request, resources);
        ASSERT_EQ(many.failure, "");
        std::set<std::size_t> erred;
        for (const auto& error : many.errors)
            erred.insert(error.index);
        for (std::size_t index = 0; index < resources.size(); ++index) {
            request.resource = resources[index];
            const auto one = set->decide(request);
            EXPECT_EQ(many.allowed[index], one.allowed) << seed << " " << index;
            if (many.errors.size() < 16)
                EXPECT_EQ(erred.contains(index), !one.errors.empty()) << seed << " " << index;
        }
    }
}

} // namespace
} // namespace auth
