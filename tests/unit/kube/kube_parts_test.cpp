// The small parts under a reflector: lines, documents, the store, tokens, and where the API server is.
#include "transport/kube/bearer_token.hpp"
#include "transport/kube/cluster_access.hpp"
#include "transport/kube/kube_documents.hpp"
#include "transport/kube/object_store.hpp"
#include "transport/kube/trouble_lines.hpp"
#include "transport/kube/watch_lines.hpp"
#include "vmcp/base/known_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace kube {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- lines

std::vector<std::string> lines_of(watch_lines& from, std::string_view text, std::size_t piece) {
    std::vector<std::string> out;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        EXPECT_EQ(from.feed(text.substr(0, piece),
                            [&](std::string_view line) {
                                out.emplace_back(line);
                                return true;
                            }),
                  watch_lines::end::more);
    return out;
}

TEST(watch_lines_, come_out_whole_however_they_are_cut) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
        watch_lines lines;
        EXPECT_THAT(lines_of(lines, "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\"", piece),
                    ElementsAre("{\"a\":1}", "{\"b\":2}"));
        EXPECT_EQ(lines.held(), 4U);
    }
}

TEST(watch_lines_, a_line_that_is_too_long_ends_it_whether_it_ends_or_not) {
    const auto take = [](std::string_view) { return true; };
    watch_lines open(8);
    EXPECT_EQ(open.feed("12345678", take), watch_lines::end::more);
    EXPECT_EQ(open.feed("9", take), watch_lines::end::overlong);
    watch_lines closed(8);
    EXPECT_EQ(closed.feed("123456789\n", take), watch_lines::end::overlong);
    watch_lines fits(8);
    EXPECT_EQ(fits.feed("12345678\n", take), watch_lines::end::more);
}

TEST(watch_lines_, stop_where_whoever_takes_them_says_so) {
    watch_lines lines;
    int taken = 0;
    EXPECT_EQ(lines.feed("a\nb\nc\n", [&](std::string_view) { return ++taken < 2; }),
              watch_lines::end::stopped);
    EXPECT_EQ(taken, 2);
}

// ---- documents

TEST(kube_documents_, a_page_has_its_items_and_where_it_goes_on) {
    const auto page = read_list_page(
        R"({"kind":"List","metadata":{"resourceVersion":"17","continue":"abc"},"items":[
            {"metadata":{"name":"a","resourceVersion":"3"},"x":1},{"metadata":{"name":"b"}}]})");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->resource_version, "17");
    EXPECT_EQ(page->next, "abc");
    ASSERT_EQ(page->items.size(), 2U);
    EXPECT_EQ(page->items[0].name, "a");
    EXPECT_EQ(page->items[0].resource_version, "3");
    EXPECT_EQ(page->items[1].text, R"({"metadata":{"name":"b"}})");
}

TEST(kube_documents_, an_empty_list_may_have_null_for_its_items) {
    for (const auto* const items : {"null", "[]"}) {
        const auto page =
            read_list_page(std::string(R"({"metadata":{"resourceVersion":"1"},"items":)") + items + "}");
        ASSERT_TRUE(page) << items;
        EXPECT_THAT(page->items, IsEmpty());
    }
}

TEST(kube_documents_, what_is_no_list_is_refused) {
    for (const auto* const body :
         {"", "{", "[]", "{}", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":"1"},"items":{}})",
          R"({"metadata":{"resourceVersion":"1"},"items":[{}]})",
          R"({"metadata":{"resourceVersion":"1"},"items":[1]})",
          R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"../x"}}]})"})
        EXPECT_FALSE(read_list_page(body)) << body;
}

TEST(kube_documents_, events_are_told_apart) {
    using kind = watch_event::kind;
    const std::map<std::string, kind> types{{"ADDED", kind::put},
                                            {"MODIFIED", kind::put},
                                            {"DELETED", kind::erased},
                                            {"BOOKMARK", kind::bookmark},
                                            {"SOMETHING", kind::other}};
    for (const auto& [type, expected] : types) {
        const auto event = read_watch_event(R"({"type":")" + type +
                                            R"(","object":{"metadata":{"name":"a","resourceVersion":"9"}}})");
        ASSERT_TRUE(event) << type;
        EXPECT_EQ(event->type, expected) << type;
        EXPECT_EQ(event->object.resource_version, "9");
    }
    for (const auto* const line : {"", "x", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":{}})",
                                   R"({"type":"ADDED","object":{"metadata":{"name":""}}})"})
        EXPECT_FALSE(read_watch_event(line)) << line;
}

TEST(kube_documents_, errors_say_whether_the_list_is_too_old) {
    const auto of_status = [](const std::string& status) {
        return read_watch_event(R"({"type":"ERROR","object":)" + status + "}").value();
    };
    EXPECT_TRUE(of_status(R"({"code":410,"message":"too old"})").is_expired());
    EXPECT_TRUE(of_status(R"({"reason":"Expired"})").is_expired());
    EXPECT_TRUE(of_status(R"({"reason":"Gone"})").is_expired());
    const auto other = of_status(R"({"code":500,"message":"boom","details":{"retryAfterSeconds":7}})");
    EXPECT_FALSE(other.is_expired());
    EXPECT_EQ(other.message, "boom");
    EXPECT_EQ(other.retry_after, 7s);
}

// ---- the store

TEST(object_store_, says_whether_something_changed) {
    vmcp::byte_budget room(10'000);
    object_store store(room);
    EXPECT_TRUE(store.put("a", "1"));
    EXPECT_FALSE(store.put("a", "1"));
    EXPECT_TRUE(store.put("a", "2"));
    store.stage("a", "2");
    EXPECT_FALSE(store.use_staged());
    store.stage("b", "2");
    EXPECT_NE(store.find("a"), nullptr); // it is not complete
    EXPECT_TRUE(store.use_staged());
    EXPECT_EQ(store.find("a"), nullptr);
    EXPECT_TRUE(store.erase("b"));
    EXPECT_FALSE(store.erase("b"));
    EXPECT_EQ(room.used(), 0U);
}

TEST(object_store_, what_finds_no_room_is_there_without_its_content) {
    vmcp::byte_budget room(1'000);
    object_store store(room);
    EXPECT_TRUE(store.put("small", "1"));
    EXPECT_TRUE(store.put("large", std::string(2'000, 'x')));
    ASSERT_NE(store.find("large"), nullptr);
    EXPECT_TRUE(store.find("large")->no_room);
    EXPECT_EQ(store.without_room(), 1U);
    EXPECT_FALSE(store.put("large", std::string(3'000, 'x')));
    EXPECT_TRUE(store.put("large", "fits"));
    EXPECT_EQ(store.find("large")->kept, "fits");
    EXPECT_LE(room.used(), 1'000U);
}

TEST(object_store_, a_list_takes_its_room_as_it_comes) {
    vmcp::byte_budget room(10'000);
    object_store store(room);
    for (int i = 0; i < 100; ++i) {
        store.stage(std::to_string(i), std::string(1'000, 'x'));
        EXPECT_LE(room.used(), 10'000U);
    }
    EXPECT_GT(room.used(), 5'000U);
    EXPECT_TRUE(store.use_staged());
    EXPECT_EQ(store.all().size(), 100U);
    const auto without = store.without_room();
    EXPECT_GT(without, 80U);
    EXPECT_LT(without, 100U);
    // What is there already needs no second room while it is listed anew.
    for (const auto& [name, entry] : store.all())
        store.stage(name, std::string(1'000, 'x'));
    EXPECT_FALSE(store.use_staged());
    EXPECT_EQ(store.without_room(), without);
    store.stage("new", "x");
    store.forget_staged();
    EXPECT_EQ(store.all().size(), 100U);
    EXPECT_TRUE(store.use_staged());
    EXPECT_EQ(room.used(), 0U);
}

TEST(object_store_, no_object_and_no_list_is_larger_than_it_may_be) {
    vmcp::byte_budget room(100'000'000);
    object_store store(room, 10);
    EXPECT_TRUE(store.put("a", "12345678901"));
    EXPECT_TRUE(store.find("a")->no_room);
    EXPECT_EQ(room.used(), 0U);
    for (std::size_t i = 0; i < object_store::most_objects + 1; ++i)
        store.stage(std::to_string(i), "x");
    EXPECT_TRUE(store.use_staged());
    EXPECT_TRUE(store.overfull());
    EXPECT_EQ(store.all().size(), object_store::most_objects);
    EXPECT_FALSE(store.put("one more", "x"));
    EXPECT_TRUE(store.put("1", "y"));
    store.stage("1", "y");
    EXPECT_TRUE(store.use_staged());
    EXPECT_FALSE(store.overfull());
}

// ---- what the log says

TEST(trouble_lines_, say_each_reason_once_and_one_a_minute) {
    using line = trouble_lines::line;
    std::chrono::steady_clock::time_point now{1h};
    trouble_lines lines(nullptr);
    EXPECT_EQ(lines.next("", now), line::none);
    EXPECT_EQ(lines.next("a", now), line::trouble);
    EXPECT_EQ(lines.next("a", now + 2min), line::none);
    EXPECT_EQ(lines.next("b", now + 10s), line::none);
    EXPECT_EQ(lines.next("b", now + 61s), line::trouble);
    now += 61s;
    EXPECT_EQ(lines.next("", now + 1s), line::over);
    EXPECT_EQ(lines.next("a", now + 2s), line::none);
    EXPECT_EQ(lines.next("", now + 3s), line::none); // it was not said
    EXPECT_EQ(lines.next("a", now + 61s), line::trouble);
}

TEST(trouble_lines_, of_many_lists_are_few) {
    const std::chrono::steady_clock::time_point now{1h};
    const auto shared = std::make_shared<line_allowance>();
    std::vector<trouble_lines> all(250, trouble_lines(shared));
    const auto said = [&](std::chrono::steady_clock::time_point when) {
        return std::ranges::count_if(
            all, [&](auto& one) { return one.next("a", when) == trouble_lines::line::trouble; });
    };
    EXPECT_EQ(said(now), line_allowance::most);
    EXPECT_EQ(said(now + 59s), 0);
    EXPECT_EQ(said(now + 61s), line_allowance::most);
}

// ---- tokens

struct token_file {
    vmcp::result<std::string> content = std::string("first\n");
    int reads = 0;
    bearer_token token(std::string fixed = {}) {
        return {std::move(fixed), "/token", [this](const std::string&) {
                    ++reads;
                    return content;
                }};
    }
};

constexpr bearer_token::time_point start{};

TEST(bearer_token_, of_a_file_is_read_again_after_a_minute) {
    token_file file;
    auto token = file.token("fixed"); // of no use where there is a file
    EXPECT_EQ(token.field(start + 1s).value(), "Bearer first");
    file.content = std::string("second");
    EXPECT_EQ(token.field(start + 60s).value(), "Bearer first");
    EXPECT_EQ(file.reads, 1);
    EXPECT_EQ(token.field(start + 61s).value(), "Bearer second");
}

TEST(bearer_token_, that_was_refused_is_looked_for_at_once) {
    token_file file;
    auto token = file.token();
    const auto first = token.field(start).value();
    EXPECT_FALSE(token.refused(first, start + 1s)); // still the same
    file.content = std::string("second");
    EXPECT_TRUE(token.refused(first, start + 2s));
    EXPECT_EQ(token.field(start + 2s).value(), "Bearer second");
    const int reads = file.reads;
    EXPECT_TRUE(token.refused(first, start + 3s)); // by another request, that had been sent before
    EXPECT_EQ(file.reads, reads);
}

TEST(bearer_token_, of_a_file_that_cannot_be_read_stays_what_it_was) {
    token_file file;
    auto token = file.token();
    EXPECT_TRUE(token.field(start));
    file.content = vmcp::fail(vmcp::errc::io, "gone");
    EXPECT_EQ(token.field(start + 2min).value(), "Bearer first");
    auto never = file.token();
    ASSERT_FALSE(never.field(start));
    EXPECT_THAT(never.field(start).error().message(), HasSubstr("gone"));
    file.content = std::string("two\nlines");
    EXPECT_FALSE(never.field(start));
}

TEST(bearer_token_, is_known_as_a_secret) {
    token_file file;
    file.content = std::string("a-very-secret-token-of-a-pod");
    auto token = file.token();
    EXPECT_TRUE(token.field(start));
    EXPECT_THAT(vmcp::strike_known("said a-very-secret-token-of-a-pod"), "said ***");
}

TEST(bearer_token_, may_be_fixed_or_absent) {
    bearer_token fixed("t", "", nullptr);
    EXPECT_EQ(fixed.field(start).value(), "Bearer t");
    EXPECT_FALSE(fixed.refused("Bearer t", start));
    bearer_token none("", "", nullptr);
    EXPECT_EQ(none.field(start).value(), "");
}

// ---- where it is

struct pod {
    std::map<std::string, std::string, std::less<>> variables{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                                              {"KUBERNETES_SERVICE_PORT", "6443"}};
    std::map<std::string, std::string, std::less<>> files{
        {"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", "PEM"},
        {"/var/run/secrets/kubernetes.io/serviceaccount/namespace", "tools\n"}};

    surroundings around() {
        return {[this](std::string_view name) {
                    const auto found = variables.find(name);
                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
                [this](const std::string& path) -> vmcp::result<std::string> {
                    const auto found = files.find(path);
                    if (found == files.end())
                        return vmcp::fail(vmcp::errc::io, path + " is not there");
                    return found->second;
                }};
    }
};

TEST(in_cluster, is_what_the_pod_finds) {
    const auto access = in_cluster_access(pod{}.around()).value();
    EXPECT_EQ(access.server, "https://10.0.0.1:6443");
    EXPECT_EQ(access.ca, "PEM");
    EXPECT_EQ(access.ca_path, "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
    EXPECT_EQ(access.token_path, "/var/run/secrets/kubernetes.io/serviceaccount/token");
    EXPECT_EQ(access.name_space, "tools");
}

TEST(in_cluster, an_address_of_ipv6_has_brackets) {
    pod here;
    here.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    EXPECT_EQ(in_cluster_access(here.around()).value().server, "https://[fd00::1]:6443");
}

TEST(in_cluster, says_what_is_missing) {
    pod nowhere;
    nowhere.variables.clear();
    EXPECT_FALSE(is_in_pod(nowhere.around()));
    EXPECT_THAT(in_cluster_access(nowhere.around()).error().message(), HasSubstr("KUBERNETES_SERVICE_HOST"));
    pod without;
    without.files.clear();
    EXPECT_THAT(in_cluster_access(without.around()).error().message(), HasSubstr("ca.crt"));
    pod odd;
    odd.variables["KUBERNETES_SERVICE_PORT"] = "https";
    EXPECT_THAT(in_cluster_access(odd.around()).error().message(), HasSubstr("KUBERNETES_SERVICE_PORT"));
    pod wrong;
    wrong.variables["KUBERNETES_SERVICE_HOST"] = "a b";
    EXPECT_FALSE(in_cluster_access(wrong.around()));
}

TEST(in_cluster, names_of_namespaces_can_stand_in_a_path) {
    EXPECT_TRUE(is_namespace_name("a-1"));
    for (const auto* const bad : {"", "-a", "a-", "A", "a/b", "..", "a b"})
        EXPECT_FALSE(is_namespace_name(bad)) << bad;
    EXPECT_FALSE(is_namespace_name(std::string(64, 'a')));
}

} // namespace
} // namespace kube
