// What this machine lacks costs those backends that need it, and nobody else; mistakes in the text cost everything.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The problem of each backend, and that the same are told to whoever validates.
std::vector<std::string> problems_of(const world& sample, std::string_view text) {
    const auto out = sample.load(text);
    EXPECT_TRUE(out) << text << format_problems(out.problems);
    std::vector<std::string> all;
    for (const auto& backend : out ? out.value->backends : std::vector<backend_config>{}) {
        all.push_back(backend.problem);
        if (!backend.problem.empty())
            EXPECT_THAT(format_problems(out.problems), HasSubstr(backend.problem.substr(0, 30)));
    }
    EXPECT_EQ(out.problems.empty(), std::ranges::all_of(all, &std::string::empty));
    return all;
}

constexpr std::string_view two = "{name: a, url: 'https://a/'}, {name: b, url: 'https://b/'}";

TEST(machine_problems, a_missing_bundle_costs_each_backend_that_needs_it) {
    EXPECT_THAT(
        problems_of(world{}, "backends: [{name: a, url: 'https://h/', caBundlePath: none.pem}, "
                             "{name: b, url: 'https://h/'}, "
                             "{name: c, url: 'https://h/', caBundlePath: none.pem}]"),
        ElementsAre("backends[0].caBundlePath: cannot read file 'conf/none.pem': No such file or directory",
                    IsEmpty(), HasSubstr("backends[2].caBundlePath: cannot read file 'conf/none.pem'")));
    const world sample{{}, {{"/x", "no pem"}}};
    EXPECT_THAT(problems_of(sample, "backends: [{name: a, url: 'https://h/', caBundlePath: /x}]"),
                ElementsAre(HasSubstr("is not PEM with a CERTIFICATE")));
}

TEST(machine_problems, a_missing_variable_or_file_costs_the_backend_it_is_named_in) {
    EXPECT_THAT(problems_of(world{},
                            "backends: [{name: a, url: '${NONE}'}, {name: b, url: 'http://h/', headers: "
                            "{X-K: '${file:/none}'}}, {name: c, url: 'http://h/'}]"),
                ElementsAre(HasSubstr("backends[0].url: environment variable 'NONE' is not set"),
                            HasSubstr("backends[1].headers.X-K: cannot read file '/none'"), IsEmpty()));
    EXPECT_THAT(problems_of(world{},
                            "mcpServers: {a: {url: 'http://h/', headers: {X-K: '${NONE}'}}, b: {url: "
                            "'http://h/'}}"),
                ElementsAre(HasSubstr("mcpServers.a.headers.X-K"), IsEmpty()));
}

TEST(machine_problems, a_value_from_outside_that_does_not_fit_costs_its_backend) {
    const world sample{{{"URL", "no url"}, {"KEY", "a\nb"}}, {}};
    EXPECT_THAT(problems_of(sample,
                            "backends: [{name: a, url: '${URL}'}, {name: b, url: 'http://h/', headers: "
                            "{X-K: '${KEY}'}}]"),
                ElementsAre(HasSubstr("backends[0].url: the URL must start with"),
                            HasSubstr("backends[1].headers.X-K")));
}

TEST(machine_problems, a_credential_that_is_missing_costs_all_that_would_be_served_without_it) {
    const auto text = [](std::string_view auth) {
        return "backends: [" + std::string(two) + "]\noutgoingAuth: " + std::string(auth);
    };
    constexpr std::string_view missing =
        "{type: header_injection, headerInjection: {headerName: X, headerValueEnv: NONE}}";
    const auto of_both = problems_of(world{}, text("{default: " + std::string(missing) + "}"));
    EXPECT_THAT(of_both, ElementsAre(HasSubstr("headerValueEnv: environment variable 'NONE' is not set"),
                                     HasSubstr("'NONE' is not set")));
    EXPECT_THAT(problems_of(world{}, text("{default: " + std::string(missing) +
                                          ", backends: {a: {type: unauthenticated}}}")),
                ElementsAre(IsEmpty(), HasSubstr("'NONE' is not set")));
    EXPECT_THAT(problems_of(world{}, text("{default: {type: unauthenticated}, backends: {b: " +
                                          std::string(missing) + "}}")),
                ElementsAre(IsEmpty(), HasSubstr("outgoingAuth.backends.b")));
    EXPECT_THAT(problems_of(world{}, text("{default: {type: '${NONE}'}}")),
                ElementsAre(HasSubstr("'NONE' is not set"), HasSubstr("'NONE' is not set")));
}

TEST(machine_problems, a_name_that_is_missing_leaves_no_backend_to_cost) {
    EXPECT_THAT(world{}.bad("backends: [{name: '${NONE}', url: 'http://h/'}]"),
                HasSubstr("'NONE' is not set"));
}

TEST(machine_problems, what_belongs_to_no_backend_and_mistakes_in_the_text_cost_everything) {
    EXPECT_THAT(world{}.bad(std::string(test::one_backend) + "groupRef: '${NONE}'"),
                HasSubstr("groupRef: environment variable 'NONE' is not set"));
    const auto both = world{}.bad("backends: [{name: a, url: '${NONE}'}, {name: b, url: nothing}]");
    EXPECT_THAT(both, HasSubstr("'NONE' is not set"));
    EXPECT_THAT(both, HasSubstr("backends[1].url: the URL must start with"));
    EXPECT_THAT(world{}.bad("backends: [{name: a, url: '${NO'}]"), HasSubstr("without a '}'"));
    EXPECT_THAT(world{}.bad("backends: [{name: a, url: '${NONE}', urll: x}]"), HasSubstr("unknown key"));
}

TEST(machine_problems, the_repair_is_noticed) {
    const auto out = world{}.load("backends: [{name: a, url: 'https://h/', caBundlePath: none.pem}]");
    EXPECT_THAT(out.files, ElementsAre("conf/vmcp.yaml", "conf/none.pem"));
    EXPECT_EQ(out.value->files, out.files);
}

} // namespace
} // namespace vmcp
