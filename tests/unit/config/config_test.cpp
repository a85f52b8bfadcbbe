// Whole configurations: the smallest ones, defaults that depend on others, order of problems.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;

TEST(config, needs_only_backends) {
    const auto out = world{}.good("backends:\n  - name: github\n    url: http://127.0.0.1:9/mcp\n");
    EXPECT_EQ(out.name, "vmcp");
    ASSERT_EQ(out.backends.size(), 1u);
    EXPECT_EQ(out.backends[0].name, "github");
    EXPECT_EQ(out.backends[0].url, "http://127.0.0.1:9/mcp");
    EXPECT_EQ(out.backends[0].auth, auth_strategy{});
    EXPECT_EQ(out.aggregation, aggregation_config{});
    EXPECT_EQ(out.operational, operational_config{});
    EXPECT_EQ(out.files, std::vector<std::string>{"conf/vmcp.yaml"});
}

TEST(config, reports_all_problems_in_the_order_of_the_file) {
    const auto text = world{}.bad("backend:\n  - x\n"
                                  "backends:\n"
                                  "  - name: a\n"
                                  "    urll: http://h/\n"
                                  "operational:\n"
                                  "  timeouts: {default: 30}\n"
                                  "compositeTools: []\n");
    EXPECT_EQ(text,
              "conf/vmcp.yaml:1:1: backend: unknown key; did you mean 'backends'?\n"
              "conf/vmcp.yaml:4:5: backends[0].url: required key 'url' is missing: URL\n"
              "conf/vmcp.yaml:5:5: backends[0].urll: unknown key; did you mean 'url'?\n"
              "conf/vmcp.yaml:7:23: operational.timeouts.default: expected a duration such as 250ms, 30s, 5m "
              "or 1h30m, found '30'\n"
              "conf/vmcp.yaml:8:1: compositeTools: not supported yet\n");
}

} // namespace
} // namespace vmcp
