// What is asked of an authorization server over a real connection, and what is not.
#include "vmcp/door/fetcher.hpp"

#include "tests/fakes/http_message.hpp"
#include "tests/fakes/one_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using auth::fetch_result;
using testing::HasSubstr;

class fetching : public testing::Test {
protected:
    std::string url(std::string_view path = "/keys?x=1") const {
        return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
    }

    std::future<fetch_result> begin(document_request request,
                                    fetcher_settings settings = {.allow_private = true}) {
        by = make_fetcher(settings).value();
        auto made = std::make_shared<std::promise<fetch_result>>();
        home->spawn(
            [](fetcher& f, document_request w,
               std::shared_ptr<std::promise<fetch_result>> to) -> awaitable<void> {
                to->set_value(co_await f.fetch(std::move(w)));
            }(*by, std::move(request), made),
            "a test");
        return made->get_future();
    }

    // Takes one request and answers with these bytes.
    fakes::http_message serve(std::string_view answer) {
        on = server.accept();
        std::optional<fakes::http_message> head;
        while (!(head = fakes::take_head(on.buffer)))
            if (!on.fill())
                throw std::runtime_error("no request");
        while (!fakes::take_body(on.buffer, *head))
            if (!on.fill())
                throw std::runtime_error("no body");
        on.send(answer);
        return *head;
    }

    fakes::listening_socket server{};
    fakes::socket on{};
    std::shared_ptr<fetcher> by{};
    fakes::one_worker home{};
};

TEST_F(fetching, a_document_comes_with_what_says_how_long_it_is_good) {
    auto got = begin({.url = url()});
    const auto asked = serve("HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(asked.start, "GET /keys?x=1 HTTP/1.1");
    EXPECT_EQ(asked.field("accept"), "application/json");
    EXPECT_FALSE(asked.has("authorization"));
    const auto out = fakes::one_worker::wait(std::move(got));
    EXPECT_EQ(out.status, 200u) << out.error;
    EXPECT_EQ(out.body, "{}");
    EXPECT_EQ(out.cache_control, "max-age=600");
    EXPECT_FALSE(out.truncated);
}

TEST_F(fetching, a_question_is_a_form_with_the_gateways_credentials) {
    auto got = begin({.url = url("/ask"), .post = auth::make_introspection_request("t/1", "gw", "s")});
    const auto asked = serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    EXPECT_EQ(asked.start, "POST /ask HTTP/1.1");
    EXPECT_EQ(asked.field("content-type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(asked.field("authorization"), "Basic Z3c6cw==");
    EXPECT_EQ(asked.body, "token=t%2F1&token_type_hint=access_token");
    EXPECT_EQ(fakes::one_worker::wait(std::move(got)).body, "{}");
}

TEST_F(fetching, a_redirect_is_not_followed) {
    auto got = begin({.url = url()});
    (void)serve("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    const auto out = fakes::one_worker::wait(std::move(got));
    EXPECT_EQ(out.status, 302u);
    EXPECT_EQ(out.location, "http://127.0.0.1:1/");
}

TEST_F(fetching, a_document_without_end_is_cut) {
    auto got = begin({.url = url()});
    (void)serve("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(64 * 1024, 'x');
    for (int i = 0; i < 64 && on.send_until_full(piece, 200ms) == piece.size(); ++i) {
    }
    const auto out = fakes::one_worker::wait(std::move(got));
    EXPECT_TRUE(out.truncated);
    EXPECT_LE(out.body.size(), auth::max_document);
    EXPECT_FALSE(auth::document_of(out));
}

TEST_F(fetching, silence_ends_at_the_limit) {
    auto got = begin({.url = url()}, {.allow_private = true, .limit = 300ms});
    (void)serve("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
    const auto out = fakes::one_worker::wait(std::move(got));
    EXPECT_EQ(out.status, 0u);
    EXPECT_THAT(out.error, HasSubstr("did not answer in time"));
}

TEST_F(fetching, private_addresses_are_not_dialled_unless_allowed) {
    const auto out = fakes::one_worker::wait(begin({.url = url()}, {}));
    EXPECT_EQ(out.status, 0u);
    EXPECT_THAT(out.error, HasSubstr("may not be connected to; see jwksAllowPrivateIp"));
    const auto by_name = fakes::one_worker::wait(
        begin({.url = "http://localhost:" + std::to_string(server.port()) + "/"}, {}));
    EXPECT_THAT(by_name.error, HasSubstr("may not be connected to"));
    const auto metadata = fakes::one_worker::wait(begin({.url = "http://169.254.169.254/latest"}));
    EXPECT_THAT(metadata.error, HasSubstr("may not be connected to")) << "not even with the flag";
}

TEST_F(fetching, what_is_no_http_is_an_error) {
    auto got = begin({.url = url()});
    (void)serve("SSH-2.0-x\r\n\r\n");
    const auto out = fakes::one_worker::wait(std::move(got));
    EXPECT_EQ(out.status, 0u);
    EXPECT_THAT(out.error, HasSubstr("did not answer in HTTP/1.1"));
}

TEST(fetcher, a_bundle_that_is_none_is_told) {
    EXPECT_FALSE(make_fetcher({.ca_bundle = "x"}));
}

} // namespace
} // namespace vmcp
