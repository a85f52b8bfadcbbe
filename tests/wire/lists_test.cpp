// How a backend's lists are read: page by page, within bounds, and what cannot be taken is named.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class lists : public one_backend {
protected:
    using outcome = vmcp::result<vmcp::backend_lists>;

    std::future<outcome> begin() {
        auto read = gateway->fetch_lists();
        backend.handshake();
        return read;
    }
    void page(std::string_view result) { backend.expect("tools/list")->result(result); }
    static outcome value_of(std::future<outcome>& read) {
        if (read.wait_for(fakes::patience) != std::future_status::ready)
            throw std::runtime_error("the lists were not read");
        return read.get();
    }
};

TEST_F(lists, of_several_pages_are_one) {
    start();
    auto read = begin();
    page(R"({"tools":[{"name":"a"}],"nextCursor":"1"})");
    const auto second = backend.expect("tools/list");
    EXPECT_EQ(second->raw("params.cursor"), "\"1\"");
    second->result(R"({"tools":[{"name":"b"}]})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->tools.size(), 2U);
    EXPECT_EQ(all->tools[1].key, "b");
    EXPECT_TRUE(all->dropped.empty());
}

TEST_F(lists, name_what_could_not_be_taken) {
    start();
    auto read = begin();
    page(R"({"tools":[{"name":"a"},{"title":"nameless"},{"name":"twice","name":"twice"}]})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 1U);
    ASSERT_EQ(all->dropped.size(), 2U);
    EXPECT_EQ(all->dropped[0].kind, vmcp::list_kind::tools);
    EXPECT_THAT(all->dropped[0].reason, testing::HasSubstr("no member \"name\""));
    EXPECT_EQ(all->dropped[1].name, "twice");
}

TEST_F(lists, name_only_so_many_one_by_one) {
    start();
    auto read = begin();
    std::string entries = "1";
    for (int i = 0; i < 49; ++i)
        entries += ",1";
    page(R"({"tools":[)" + entries + R"(],"nextCursor":"1"})");
    page(R"({"tools":[)" + entries + "]}");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->dropped.size(), 33U);
    EXPECT_EQ(all->dropped.back().reason, "68 more entries");
}

TEST_F(lists, that_go_in_circles_keep_each_entry_once_and_say_so) {
    start();
    auto read = begin();
    for (const auto* next : {"1", "2", "1"})
        page(fmt::format(R"({{"tools":[{{"name":"t{0}"}}],"nextCursor":"{0}"}})", next));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->tools.size(), 2U) << "what is distinct";
    EXPECT_EQ(all->tools[0].key, "t1");
    EXPECT_EQ(all->tools[1].key, "t2");
    ASSERT_EQ(all->dropped.size(), 1U);
    EXPECT_EQ(all->dropped[0].reason,
              "tools/list repeats the cursor \"1\": what is behind it cannot be read");
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, of_a_server_that_does_not_look_at_the_cursor_have_each_entry_once) {
    start();
    auto read = begin();
    for (int i = 0; i < 2; ++i)
        page(R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"next"})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 2U);
    EXPECT_EQ(all->dropped.size(), 1U);
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, end_where_a_server_writes_an_empty_cursor_for_the_end) {
    start();
    auto read = begin();
    for (int i = 0; i < 2; ++i) // it does not look at the cursor that it is given
        page(R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":""})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 2U);
    EXPECT_TRUE(all->dropped.empty());
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, that_are_too_large_altogether_keep_the_pages_that_fit) {
    start([](vmcp::config& s) { s.limits.max_backend_body = 4096; });
    auto read = begin();
    const std::string text(1500, 'x');
    for (int i = 0; i < 3; ++i)
        page(fmt::format(R"({{"tools":[{{"name":"t{0}","title":"{1}"}}],"nextCursor":"{0}"}})", i, text));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 2U);
    ASSERT_EQ(all->dropped.size(), 1U);
    EXPECT_EQ(all->dropped[0].reason, "the pages of tools/list are larger than 4096 bytes "
                                      "(limits.maxBackendBody): the rest is left out");
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, with_a_later_page_that_is_too_large_keep_those_before_it) {
    for (const bool as_stream : {false, true}) {
        start([](vmcp::config& s) { s.limits.max_backend_body = 4096; });
        auto read = begin();
        page(R"({"tools":[{"name":"a"}],"nextCursor":"1"})");
        const auto asked = backend.expect("tools/list");
        const auto large =
            fmt::format(R"({{"tools":[{{"name":"b","title":"{}"}}]}})", std::string(8000, 'x'));
        if (as_stream) {
            asked->start_events();
            asked->event(response(asked->id(), large));
        } else {
            asked->result(large);
        }
        const auto all = value_of(read);
        ASSERT_TRUE(all);
        EXPECT_EQ(all->tools.size(), 1U);
        ASSERT_EQ(all->dropped.size(), 1U);
        EXPECT_EQ(all->dropped[0].reason, "a page of tools/list is larger than 4096 bytes "
                                          "(limits.maxBackendBody): it and what is behind it are left out");
    }
}

TEST_F(lists, whose_first_page_is_too_large_cannot_be_read) {
    start([](vmcp::config& s) { s.limits.max_backend_body = 4096; });
    auto read = begin();
    page(fmt::format(R"({{"tools":[{{"name":"b","title":"{}"}}]}})", std::string(8000, 'x')));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_TRUE(all->tools.empty());
}

TEST_F(lists, of_which_only_the_cursor_changes_are_asked_for_twice) {
    start();
    auto read = begin();
    for (int i = 0; i < 2; ++i) // not even the text of the entries need be the same
        page(fmt::format(R"({{"tools":[{{"name":"a","title":"{0}"}},{{"name":"b"}}],"nextCursor":"{0}"}})",
                         i));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->tools.size(), 2U);
    EXPECT_THAT(all->tools[0].raw, testing::HasSubstr(R"("title":"0")")) << "of the first page";
    ASSERT_EQ(all->dropped.size(), 1U);
    EXPECT_EQ(all->dropped[0].reason,
              "the pages of tools/list bring nothing new any more: what is behind them is not asked for");
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, with_some_empty_pages_are_read_to_the_end) {
    start();
    auto read = begin();
    for (int i = 0; i < 9; ++i)
        page(fmt::format(R"({{"tools":[],"nextCursor":"{}"}})", i));
    page(R"({"tools":[{"name":"a"}]})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 1U);
    EXPECT_TRUE(all->dropped.empty());
}

TEST_F(lists, of_empty_pages_without_end_are_given_up_soon) {
    start();
    auto read = begin();
    for (int i = 0; i < 10; ++i)
        page(fmt::format(R"({{"tools":[],"nextCursor":"{}"}})", i));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->dropped.size(), 1U);
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(lists, whose_pages_overlap_have_each_entry_once) {
    start();
    auto read = begin();
    page(R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"1"})");
    page(R"({"tools":[{"name":"b"},{"name":"c"}],"nextCursor":"2"})");
    page(R"({"tools":[{"name":"c"},{"name":"d"}]})");
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 4U);
    ASSERT_EQ(all->dropped.size(), 1U);
    EXPECT_EQ(all->dropped[0].reason, "2 entries are on several pages of tools/list, and taken once");
}

TEST_F(lists, of_more_pages_than_anybody_needs_keep_what_was_read) {
    start();
    auto read = begin();
    for (int i = 0; i < 1000; ++i)
        page(fmt::format(R"({{"tools":[{{"name":"t{0}"}}],"nextCursor":"{0}"}})", i));
    const auto all = value_of(read);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->tools.size(), 1000U);
    ASSERT_EQ(all->dropped.size(), 1U);
    EXPECT_EQ(all->dropped[0].reason, "tools/list has more than 1000 pages: what is behind them is left out");
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

} // namespace
} // namespace wire
