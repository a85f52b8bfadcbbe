// From a backend's 401 to a token endpoint, and where the way must end.
#include "auth/tokens/endpoint_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace auth {
namespace {

using kind = endpoint_search::step::kind;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string backend = "https://b.example/mcp";
const std::string described = "https://b.example/.well-known/oauth-protected-resource/mcp";
const std::string issuer = "https://as.example";
const std::string metadata = issuer + "/.well-known/oauth-authorization-server";

fetch_result answer(std::string body, unsigned status = 200) {
    fetch_result out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

fetch_result refusal(std::string challenge) {
    auto out = answer("", 401);
    out.www_authenticate = std::move(challenge);
    return out;
}

std::string resource_document(std::string_view resource = backend, std::string_view server = issuer) {
    return R"({"resource":")" + std::string(resource) + R"(","authorization_servers":[")" +
           std::string(server) + R"("]})";
}

std::string server_document(std::string_view more = "", std::string_view named = issuer) {
    return R"({"issuer":")" + std::string(named) + R"(","token_endpoint":"https://as.example/token")" +
           std::string(more) + "}";
}

// Answers by URL; what it has no answer for is 404. `asked` is what was asked, in order.
struct world {
    std::map<std::string, fetch_result> answers{};
    std::vector<std::string> asked{};
    std::vector<std::string> far{};
    std::string problem{};

    std::optional<found_endpoint> search(const std::string& trusted = issuer,
                                         const std::string& at = backend) {
        endpoint_search machine(at, trusted);
        auto next = machine.start();
        while (next.what != kind::done && next.what != kind::failed) {
            asked.push_back(next.url);
            if (next.what == kind::fetch_far)
                far.push_back(next.url);
            const auto found = answers.find(next.url);
            next = machine.fetched(found == answers.end() ? answer("", 404) : found->second);
        }
        problem = next.problem;
        return next.what == kind::done ? std::optional(machine.found()) : std::nullopt;
    }
};

world good() {
    return {{{backend, refusal("Bearer resource_metadata=\"" + described + "\"")},
             {described, answer(resource_document())},
             {metadata, answer(server_document())}}};
}

TEST(endpoint_search, follows_the_401) {
    auto w = good();
    const auto found = w.search();
    ASSERT_TRUE(found) << w.problem;
    EXPECT_EQ(*found, (found_endpoint{issuer, "https://as.example/token", backend}));
    EXPECT_THAT(w.asked, ElementsAre(backend, described, metadata));
    EXPECT_THAT(w.far, ElementsAre(metadata)) << "what is not of the backend's own origin is minded";
    auto any = good();
    EXPECT_EQ(any.search(""), found) << "the one that the backend names";
}

TEST(endpoint_search, looks_at_the_well_known_places_where_the_401_points_nowhere) {
    auto w = good();
    w.answers[backend] = refusal("Basic realm=x");
    EXPECT_TRUE(w.search()) << w.problem;
    auto root = good();
    root.answers[backend] = answer("{}"); // it asks for no token for this
    root.answers.erase(described);
    const std::string at_root = "https://b.example/.well-known/oauth-protected-resource";
    root.answers[at_root] = answer(resource_document("https://b.example"));
    const auto found = root.search();
    ASSERT_TRUE(found) << root.problem;
    EXPECT_EQ(found->resource, "https://b.example");
    EXPECT_THAT(root.asked, ElementsAre(backend, described, at_root, metadata));
}

TEST(endpoint_search, a_backend_without_metadata_is_of_the_issuer_that_is_trusted) {
    auto w = good();
    w.answers.erase(described);
    w.answers[backend] = refusal("Bearer");
    const auto found = w.search();
    ASSERT_TRUE(found) << w.problem;
    EXPECT_EQ(found->resource, "");
    auto nobody = good();
    nobody.answers.erase(described);
    nobody.answers[backend] = refusal("Bearer");
    EXPECT_FALSE(nobody.search(""));
    EXPECT_THAT(nobody.problem, HasSubstr("does not say who issues tokens for it"));
}

TEST(endpoint_search, nobody_but_the_trusted_issuer_is_asked) {
    auto w = good();
    w.answers[described] = answer(resource_document(backend, "https://evil.example"));
    EXPECT_FALSE(w.search());
    EXPECT_EQ(
        w.problem,
        "the backend names the authorization server 'https://evil.example', and not 'https://as.example'");
    EXPECT_THAT(w.asked, ElementsAre(backend, described));
}

TEST(endpoint_search, metadata_of_somebody_else_is_not_used) {
    for (const auto* resource : {"https://evil.example/mcp", "https://b.example/mcp2", "https://b.example/mc",
                                 "http://b.example/mcp", "https://b.example:444/mcp", "no URL"}) {
        auto w = good();
        w.answers[described] = answer(resource_document(resource));
        EXPECT_FALSE(w.search()) << resource;
        EXPECT_THAT(w.asked, ElementsAre(backend, described));
    }
    auto w = good();
    w.answers[metadata] = answer(server_document("", issuer + "/"));
    EXPECT_FALSE(w.search());
    EXPECT_THAT(w.problem, HasSubstr("its issuer is"));
    EXPECT_THAT(w.asked,
                ElementsAre(backend, described, metadata, issuer + "/.well-known/openid-configuration"));
}

TEST(endpoint_search, documents_that_are_none_end_it) {
    const std::pair<std::string, fetch_result> wrong[] = {
        {backend, {}},
        {backend, refusal("Bearer resource_metadata=\"ftp://h/\"")},
        {backend, refusal("Bearer resource_metadata=\"http://h/\"")},
        {described, answer("<html>")},
        {described, answer("", 302)},
        {described, answer(R"({"resource":"https://b.example/mcp","authorization_servers":[]})")},
        {described, answer(R"({"resource":"https://b.example/mcp"})")},
        {metadata, answer(R"({"issuer":"https://as.example"})")},
        {metadata, answer(R"({"issuer":"https://as.example","token_endpoint":"http://as.example/t"})")},
        {metadata, answer(server_document(R"(,"token_endpoint_auth_methods_supported":"x")"))},
    };
    for (const auto& [url, from] : wrong) {
        auto w = good();
        w.answers[url] = from;
        EXPECT_FALSE(w.search()) << url << " " << from.body;
        EXPECT_NE(w.problem, "");
    }
    auto bad = good();
    bad.answers[described] = answer(resource_document(backend, "http://as.example"));
    EXPECT_FALSE(bad.search("")) << "an issuer in clear text";
}

TEST(endpoint_search, an_issuer_with_a_path_is_looked_up_in_the_order_of_mcp) {
    EXPECT_THAT(server_metadata_urls("https://h/t"),
                ElementsAre("https://h/.well-known/oauth-authorization-server/t",
                            "https://h/.well-known/openid-configuration/t",
                            "https://h/t/.well-known/openid-configuration"));
    EXPECT_THAT(server_metadata_urls("https://h"),
                ElementsAre("https://h/.well-known/oauth-authorization-server",
                            "https://h/.well-known/openid-configuration"));
}

TEST(endpoint_search, a_secret_goes_where_the_server_takes_it) {
    const std::pair<const char*, bool> cases[] = {
        {"", false},
        {R"(,"token_endpoint_auth_methods_supported":["client_secret_post"])", true},
        {R"(,"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"])", false},
        {R"(,"token_endpoint_auth_methods_supported":["private_key_jwt"])", false},
    };
    for (const auto& [more, in_body] : cases) {
        auto w = good();
        w.answers[metadata] = answer(server_document(more));
        EXPECT_EQ(w.search()->secret_in_body, in_body) << more;
    }
}

TEST(endpoint_search, a_resource_may_stand_above_the_backend) {
    EXPECT_TRUE(is_resource_of("https://h/a", "https://h/a/mcp"));
    EXPECT_TRUE(is_resource_of("https://h/a/", "https://h/a"));
    EXPECT_TRUE(is_resource_of("https://H:443", "https://h/mcp?x=y"));
    EXPECT_TRUE(is_resource_of("https://h/mcp?x", "https://h/mcp?x"));
    EXPECT_FALSE(is_resource_of("https://h/mcp?y", "https://h/mcp?x"));
    EXPECT_FALSE(is_resource_of("https://h/a/mcp", "https://h/a"));
}

} // namespace
} // namespace auth
