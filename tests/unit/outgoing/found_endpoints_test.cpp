// Tokens of endpoints that a backend's 401 leads to, through the seam that requests ask.
#include "tests/unit/door/fake_issuer.hpp"
#include "vmcp/base/base64url.hpp"
#include "vmcp/outgoing/make_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::answer_of;
using test::fake_fetcher;
using testing::HasSubstr;
using testing::Not;
using kind = auth_strategy::kind;

const std::string backend_url = "https://b.example/mcp";
const std::string resource_url = "https://b.example/.well-known/oauth-protected-resource/mcp";
const std::string issuer = "https://as.example";
const std::string metadata_url = issuer + "/.well-known/oauth-authorization-server";
const std::string token_url = issuer + "/token";

backend_config definition(kind type) {
    backend_config out{.name = "b", .url = backend_url};
    out.headers = {{"X-Fixed", "f"}};
    out.auth = {.type = type, .header_name = "Authorization"};
    out.auth.tokens.endpoint = {.id = "gw", .secret = "gw-secret"};
    out.auth.tokens.issuer = issuer;
    return out;
}

class found_endpoints : public testing::Test {
protected:
    found_endpoints() {
        auth::fetch_result refused = answer_of("", 401);
        refused.www_authenticate = "Bearer resource_metadata=\"" + resource_url + "\"";
        from->set(backend_url, refused);
        from->set(resource_url,
                  answer_of(R"({"resource":"https://b.example/mcp","authorization_servers":[")" + issuer +
                            R"("]})"));
        from->set(metadata_url,
                  answer_of(R"({"issuer":"https://as.example","token_endpoint":")" + token_url + R"("})"));
        from->set(token_url,
                  answer_of(R"({"token_type":"Bearer","access_token":"t1","expires_in":3600,)"
                            R"("issued_token_type":"urn:ietf:params:oauth:token-type:access_token"})"));
    }

    std::string ask(credential_source& source, const caller* who) {
        const auto given = home.run(source.credential_for(who));
        if (!given)
            return given.error().message();
        last = *given;
        for (const auto& [name, value] : last->fields)
            if (name == "Authorization")
                return value;
        return "none";
    }

    std::shared_ptr<fake_fetcher> from = std::make_shared<fake_fetcher>();
    credential_maker maker{from};
    std::shared_ptr<const credential> last{};
    fakes::one_worker home{};
};

TEST_F(found_endpoints, are_found_once_for_all) {
    const auto source = maker.make(definition(kind::token_exchange));
    for (const auto* token : {"alice-token", "bob-token", "carol-token"}) {
        const caller who{.token = token};
        EXPECT_EQ(ask(*source, &who), "Bearer t1");
    }
    EXPECT_EQ(from->count(token_url), 3u);
    EXPECT_EQ(from->count(metadata_url), 1u);
    EXPECT_EQ(from->count(resource_url), 1u);
    const auto question = from->last(backend_url);
    EXPECT_THAT(question.post->body, Not(HasSubstr("token")));
    EXPECT_EQ(question.content_type, "application/json");
    EXPECT_THAT(question.fields, testing::Contains(testing::Pair("X-Fixed", "f")));
    EXPECT_TRUE(from->last(metadata_url).fields.empty()) << "what a backend is sent is nobody else's";
    EXPECT_THAT(from->last(token_url).post->body, HasSubstr("resource=https%3A%2F%2Fb.example%2Fmcp"));
}

TEST_F(found_endpoints, another_issuer_gets_nothing) {
    from->set(resource_url, answer_of(R"({"resource":"https://b.example/mcp","authorization_servers":[)"
                                      R"("https://evil.example"]})"));
    const auto source = maker.make(definition(kind::client_credentials));
    EXPECT_THAT(ask(*source, nullptr),
                testing::AllOf(HasSubstr("no token endpoint is found"), Not(HasSubstr("evil"))));
    EXPECT_EQ(from->count(token_url), 0u);
    EXPECT_EQ(from->count("https://evil.example/.well-known/oauth-authorization-server"), 0u);
}

TEST_F(found_endpoints, a_backend_that_moves_is_followed) {
    const auto source = maker.make(definition(kind::client_credentials));
    EXPECT_EQ(ask(*source, nullptr), "Bearer t1");
    const std::string other = issuer + "/other";
    from->set(metadata_url,
              answer_of(R"({"issuer":"https://as.example","token_endpoint":")" + other + R"("})"));
    from->set(other, answer_of(R"({"token_type":"Bearer","access_token":"t2"})"));
    EXPECT_EQ(ask(*source, nullptr), "Bearer t1") << "kept";
    EXPECT_TRUE(source->refused(*last));
    EXPECT_EQ(ask(*source, nullptr), "Bearer t2");
}

TEST_F(found_endpoints, the_target_of_xaa_is_found_by_its_audience) {
    auto settings = definition(kind::xaa);
    settings.auth.tokens.issuer.clear();
    settings.auth.tokens.audience = issuer;
    settings.auth.tokens.endpoint.url = "https://idp.example/token";
    settings.auth.tokens.target = {.id = "gw", .secret = "at-target"};
    const auto claims =
        base64url_encode(R"({"aud":"https://as.example","resource":"https://b.example/mcp"})");
    from->set(
        "https://idp.example/token",
        answer_of(R"({"token_type":"N_A","issued_token_type":"urn:ietf:params:oauth:token-type:id-jag",)"
                  R"("access_token":"e30.)" +
                  claims + R"(.x"})"));
    const auto source = maker.make(settings);
    const caller alice{.token = "alice-token"};
    EXPECT_EQ(ask(*source, &alice), "Bearer t1");
    EXPECT_THAT(from->last("https://idp.example/token").post->body,
                HasSubstr("resource=https%3A%2F%2Fb.example%2Fmcp"));
    EXPECT_THAT(from->last(token_url).post->body, HasSubstr("assertion=e30."));
}

} // namespace
} // namespace vmcp
