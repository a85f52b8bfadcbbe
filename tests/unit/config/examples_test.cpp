// Every example loads, with what its comments ask for.
#include "config_fixture.hpp"
#include "source_dir.hpp"

#include <algorithm>
#include <filesystem>

namespace vmcp {
namespace {

const std::filesystem::path folder = VMCP_SOURCE_DIR "/examples";

std::vector<std::filesystem::path> examples() {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".yaml")
            out.push_back(entry.path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

// The real examples, and certificates and keys that are made up.
config_sources sources() {
    return {[](std::string_view name) -> std::optional<std::string> {
                return name.find("PORT") != name.npos || name.find("TOKEN_URL") != name.npos
                           ? std::nullopt
                           : std::optional<std::string>("/given");
            },
            [](const std::string& path) -> result<std::string> {
                if (path.ends_with(".yaml"))
                    return system_sources().read_file(path);
                return path.ends_with("key") ? std::string(test::key_pem)
                                             : std::string(test::certificate_pem);
            }};
}

TEST(examples, all_load) {
    ASSERT_GE(examples().size(), 9u);
    for (const auto& path : examples()) {
        const auto out = load_config(path.string(), sources());
        EXPECT_TRUE(out) << format_problems(out.problems);
    }
}

TEST(examples, quickstart_is_the_two_demo_backends) {
    const auto out = load_config((folder / "quickstart.yaml").string(), sources());
    ASSERT_TRUE(out);
    ASSERT_EQ(out.value->backends.size(), 2u);
    EXPECT_EQ(out.value->backends[0].name, "weather");
    EXPECT_EQ(out.value->backends[0].url, "http://127.0.0.1:9101/mcp");
    EXPECT_EQ(out.value->backends[1].name, "notes");
    EXPECT_EQ(out.value->backends[1].url, "http://127.0.0.1:9102/mcp");
}

} // namespace
} // namespace vmcp
