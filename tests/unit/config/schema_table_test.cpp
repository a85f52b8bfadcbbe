// The defaults and ranges of the table are those of the program.
#include "config_fixture.hpp"

#include "vmcp/config/schema.hpp"

namespace vmcp {
namespace {

using test::world;

// The text `fallback` behind `path`, as YAML in flow style.
std::string nested(std::string_view path, std::string_view value) {
    const auto dot = path.find('.');
    if (dot == std::string_view::npos)
        return std::string(path) + ": " + std::string(value);
    return std::string(path.substr(0, dot)) + ": {" + nested(path.substr(dot + 1), value) + "}";
}

// A configuration that says this; keys that need others beside them get these.
std::string document(std::string_view path, std::string_view value) {
    constexpr std::string_view oidc = "incomingAuth.oidc.";
    constexpr std::string_view aws = "outgoingAuth.default.awsSts.";
    if (path.starts_with(aws))
        return std::string(test::one_backend) +
               "outgoingAuth: {default: {type: aws_sts, awsSts: {region: r, fallbackRoleArn: "
               "'arn:aws:iam::123456789012:role/r', " +
               nested(path.substr(aws.size()), value) + "}}}";
    if (!path.starts_with(oidc))
        return std::string(test::one_backend) + nested(path, value);
    return std::string(test::one_backend) +
           "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, " +
           nested(path.substr(oidc.size()), value) + "}}";
}

TEST(schema_table, defaults_are_what_the_table_says) {
    const config plain = world{}.good(test::one_backend);
    const config with_oidc = world{}.good(document("incomingAuth.oidc.scopes", "[]"));
    const config with_aws = world{}.good(document("outgoingAuth.default.awsSts.roleMappings", "[]"));
    int seen = 0;
    for (const auto& row : schema_table()) {
        if (row.fallback.empty() || row.path.find("[]") != row.path.npos ||
            row.path.find('*') != row.path.npos)
            continue;
        const bool literal = row.spec.kind == value_kind::boolean || row.spec.kind == value_kind::integer;
        const std::string value = literal ? std::string(row.fallback) : "'" + std::string(row.fallback) + "'";
        const bool of_oidc = row.path.starts_with("incomingAuth.oidc.");
        const bool of_aws = row.path.starts_with("outgoingAuth.default.awsSts.");
        EXPECT_EQ(world{}.good(document(row.path, value)), of_oidc  ? with_oidc
                                                           : of_aws ? with_aws
                                                                    : plain)
            << row.path;
        ++seen;
    }
    EXPECT_GT(seen, 40);
    for (const auto& row : schema_table()) {
        if (row.fallback.empty() || !row.path.starts_with("backends[]."))
            continue;
        const auto key = row.path.substr(11);
        const bool of_program = key == "startTimeout" || key == "memory" || key == "processes";
        const std::string before =
            of_program ? "backends: [{name: a, command: x" : "backends: [{name: a, url: 'http://h/mcp'";
        EXPECT_EQ(world{}.good(before + ", " + key + ": " + std::string(row.fallback) + "}]"),
                  of_program ? world{}.good(before + "}]") : plain)
            << row.path;
    }
}

TEST(schema_table, ranges_hold_at_both_ends) {
    for (const auto& row : schema_table()) {
        if (row.spec.most == 0 || row.path.find("[]") != row.path.npos ||
            row.path.find('*') != row.path.npos || row.spec.shape != value_shape::one ||
            row.path.starts_with("rateLimiting.")) // needs its neighbour: rate_limit_config_test
            continue;
        const char* unit = row.spec.kind == value_kind::duration ? "ms" : "";
        const auto text = [&](std::int64_t value) {
            return document(row.path, std::to_string(value) + unit);
        };
        EXPECT_EQ(world{}.bad(text(row.spec.most + 1)).find("must be from") != std::string::npos, true)
            << row.path;
        if (row.spec.least > 0)
            EXPECT_NE(world{}.bad(text(row.spec.least - 1)).find("must be from"), std::string::npos)
                << row.path;
        if (row.path != "operational.failureHandling.healthCheckTimeout") {
            EXPECT_TRUE(world{}.load(text(row.spec.least))) << row.path;
            EXPECT_TRUE(world{}.load(text(row.spec.most))) << row.path;
        }
    }
}

} // namespace
} // namespace vmcp
