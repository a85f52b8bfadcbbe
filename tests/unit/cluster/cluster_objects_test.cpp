// What is kept of the objects of a cluster.
#include "vmcp/cluster/cluster_objects.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using nlohmann::json;

TEST(kept, is_only_what_definitions_are_made_of) {
    const auto kept = json::parse(kept_of_workload(
        R"({"metadata":{"name":"a","managedFields":[1]},"spec":{"image":"i","podTemplateSpec":{},"transport":"sse"},
            "status":{"conditions":[1],"url":"u","readyReplicas":3}})"));
    EXPECT_EQ(kept["spec"], (json{{"transport", "sse"}}));
    EXPECT_EQ(kept["status"], (json{{"url", "u"}}));
    EXPECT_EQ(kept_of(referred_kind::secret, R"({"type":"Opaque","data":{"a":"Yg=="},"metadata":{"x":1}})"),
              R"({"a":"Yg=="})");
    for (const auto* const odd : {"", "[]", "1", R"({"spec":1,"status":[],"metadata":null})"})
        EXPECT_TRUE(json::accept(kept_of_workload(odd))) << odd;
}

} // namespace
} // namespace vmcp
