// What a client's own sessions list is shown to it and to nobody else, by the rules for everything, and bounded.
#include "vmcp/service/session_catalogs.hpp"

#include "tests/unit/service/gateway_world.hpp"
#include "vmcp/service/list_changes.hpp"

namespace vmcp {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

class session_catalog : public gateway_world {
protected:
    session_catalog() { start(config_of({"a", "b"}, conflict_resolution::prefix)); }

    void start(config settings) {
        settings.aggregation.prefix_format = "{workload}_";
        settings_ = settings;
        serve(std::move(settings), {tools_of("a", {"t"}), tools_of("b", {"t"})});
    }
    // The lists of the client's own session with a backend.
    bool read(backend_lists lists, std::size_t backend = 0, session_catalogs* to = nullptr) {
        (void)session_->backend(links_[backend].get(),
                                [] { return std::make_shared<fake_backend_session>(); });
        auto& taker = to != nullptr ? *to : own_;
        return fakes::run(io_, taker.take(session_, links_[backend].get(),
                                          {.lists = std::move(lists), .known = {true, true, true, true}}));
    }
    std::string listed() { return ask("tools/list", "{}"); }
    std::string called(const std::string& name) { return ask("tools/call", R"({"name":")" + name + R"("})"); }

    config settings_{};
};

TEST_F(session_catalog, a_tool_of_its_own_is_listed_and_called_under_the_name_that_the_rules_give_it) {
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    EXPECT_THAT(listed(), HasSubstr("\"a_extra\""));
    EXPECT_THAT(listed(), HasSubstr("\"b_t\""));
    EXPECT_THAT(called("a_extra"), HasSubstr("result"));
    ASSERT_EQ(links_[0]->got.size(), 1U);
    EXPECT_THAT(links_[0]->got[0].text, HasSubstr(R"("name":"extra")"));
}

TEST_F(session_catalog, nobody_else_sees_it_or_can_call_it) {
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    session_ = make_session();
    EXPECT_THAT(listed(), Not(HasSubstr("extra")));
    EXPECT_THAT(called("a_extra"), HasSubstr("-32602"));
    EXPECT_TRUE(links_[0]->got.empty());
}

TEST_F(session_catalog, what_a_session_lacks_is_not_shown_to_its_client) {
    EXPECT_TRUE(read(tools_of("a", {})));
    EXPECT_THAT(listed(), Not(HasSubstr("a_t")));
    EXPECT_THAT(called("a_t"), HasSubstr("-32602"));
}

TEST_F(session_catalog, the_client_is_told_what_changed_for_it_and_only_then) {
    const auto stream = std::make_shared<fake_outbound>();
    stream->open = true;
    (void)session_->set_stream(stream);
    EXPECT_FALSE(read(tools_of("a", {"t"})));
    EXPECT_TRUE(stream->sent.empty());
    EXPECT_EQ(session_->own(), nullptr) << "nothing is kept of what everybody sees";
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    ASSERT_EQ(stream->sent.size(), 1U);
    EXPECT_THAT(stream->sent[0], HasSubstr("notifications/tools/list_changed"));
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    EXPECT_EQ(stream->sent.size(), 1U);
    EXPECT_FALSE(read(tools_of("a", {"t"}))) << "it is gone again";
    EXPECT_EQ(stream->sent.size(), 2U);
    EXPECT_THAT(listed(), Not(HasSubstr("extra")));
    EXPECT_EQ(own_.kept(), 0U);
    EXPECT_EQ(own_.merged(), 0U);
}

TEST_F(session_catalog, filters_hold_for_it_too) {
    auto settings = settings_;
    settings.aggregation.tools.push_back({.workload = "a", .exclude = {"extra"}});
    start(settings);
    const auto stream = std::make_shared<fake_outbound>();
    stream->open = true;
    (void)session_->set_stream(stream);
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    EXPECT_THAT(listed(), Not(HasSubstr("extra")));
    EXPECT_THAT(called("a_extra"), HasSubstr("-32602"));
    EXPECT_TRUE(stream->sent.empty()) << "nothing changed for the client";
}

TEST_F(session_catalog, the_policy_is_asked_about_it) {
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    policy_.refuses = true;
    EXPECT_THAT(called("a_extra"), HasSubstr("Forbidden"));
    EXPECT_THAT(policy_.seen.back(), HasSubstr("a_extra"));
}

TEST_F(session_catalog, sessions_with_several_backends_add_up_and_one_that_is_dropped_takes_its_own_with_it) {
    EXPECT_TRUE(read(tools_of("a", {"t", "one"}), 0));
    EXPECT_TRUE(read(tools_of("b", {"t", "two"}), 1));
    EXPECT_THAT(listed(), HasSubstr("a_one"));
    EXPECT_THAT(listed(), HasSubstr("b_two"));
    session_->drop_backend(links_[0].get());
    EXPECT_THAT(listed(), Not(HasSubstr("a_one")));
    EXPECT_THAT(listed(), HasSubstr("b_two"));
    session_->close();
    EXPECT_EQ(own_.kept(), 0U);
    EXPECT_EQ(own_.merged(), 0U);
}

TEST_F(session_catalog, of_a_backend_whose_session_the_client_no_longer_holds_nothing_is_kept) {
    EXPECT_FALSE(session_->own());
    session_->keep_own(links_[0].get(), std::make_shared<const list_difference>());
    EXPECT_FALSE(session_->own());
}

TEST_F(session_catalog, what_everybody_is_shown_by_then_is_nobodys_own) {
    EXPECT_TRUE(read(tools_of("a", {"t", "x", "y"})));
    publish(settings_, {tools_of("a", {"t", "x"}), tools_of("b", {"t"})});
    own_.published_to(*session_, *current_.load());
    ASSERT_TRUE(session_->own());
    EXPECT_EQ(session_->own()->all()[0].second->parts[0].added.size(), 1U);
    EXPECT_THAT(listed(), HasSubstr("a_y"));
    publish(settings_, {tools_of("a", {"y", "t", "x"}), tools_of("b", {"t", "later"})});
    own_.published_to(*session_, *current_.load());
    EXPECT_FALSE(session_->own());
    EXPECT_THAT(listed(), HasSubstr("b_later"));
    EXPECT_EQ(own_.kept(), 0U);
}

TEST_F(session_catalog, a_client_sees_what_everybody_gets_beside_its_own) {
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    EXPECT_THAT(listed(), HasSubstr("a_extra"));
    publish(settings_, {tools_of("a", {"t", "for_all"}), tools_of("b", {"t"})});
    EXPECT_THAT(listed(), HasSubstr("a_extra"));
    EXPECT_THAT(listed(), HasSubstr("a_for_all"));
}

TEST_F(session_catalog, clients_that_have_the_same_share_what_is_kept_and_made) {
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    (void)listed();
    const auto kept = own_.kept();
    const auto merged = own_.merged();
    EXPECT_GT(kept, 0U);
    EXPECT_GT(merged, 0U);
    const auto first = session_;
    session_ = make_session();
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"})));
    EXPECT_THAT(listed(), HasSubstr("a_extra"));
    EXPECT_EQ(own_.kept(), kept);
    EXPECT_EQ(own_.merged(), merged);
    const auto shared = current_.load();
    EXPECT_EQ(own_.of(shared, first.get()), own_.of(shared, session_.get()));
}

TEST_F(session_catalog, what_is_too_large_for_a_session_or_for_all_is_not_kept) {
    const auto extra = tools_of("a", {"t", std::string(1000, 'x')});
    session_catalogs narrow(current_, policy_, {.of_session = 500, .of_all = 100'000, .merged = 100'000});
    EXPECT_FALSE(read(extra, 0, &narrow));
    EXPECT_FALSE(session_->own());
    session_catalogs full(current_, policy_, {.of_session = 100'000, .of_all = 1'000, .merged = 100'000});
    EXPECT_FALSE(read(extra, 0, &full));
    EXPECT_EQ(full.kept(), 0U);
}

// The client still sees it: it is only made more often.
TEST_F(session_catalog, what_there_is_no_room_for_is_made_for_each_request) {
    session_catalogs small(current_, policy_, {.of_session = 100'000, .of_all = 100'000, .merged = 10});
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"}), 0, &small));
    const auto shared = current_.load();
    EXPECT_NE(small.of(shared, session_.get())->catalog->find_tool("a_extra"), nullptr);
    EXPECT_EQ(small.merged(), 0U);
}

TEST_F(session_catalog, what_is_kept_and_made_is_drawn_from_the_budget_of_the_process) {
    memory_ledger memory;
    const auto used = [&] { return memory.used(memory_class::catalog); };
    session_catalogs counted(current_, policy_, &memory);
    EXPECT_TRUE(read(tools_of("a", {"t", "extra"}), 0, &counted));
    (void)counted.of(current_.load(), session_.get());
    EXPECT_GT(counted.merged(), 0U);
    EXPECT_EQ(used(), counted.kept() + counted.merged());
    session_->close();
    EXPECT_EQ(used(), 0U);

    memory.set_limit(100);
    session_ = make_session();
    EXPECT_FALSE(read(tools_of("a", {"t", "extra"}), 0, &counted));
    EXPECT_EQ(counted.kept(), 0U);
    EXPECT_GT(memory.refused(memory_class::catalog), 0U);
}

// The views of what callers may see.
TEST_F(session_catalog, views_are_drawn_from_it_too) {
    memory_ledger memory;
    catalog_views views(current_.load()->catalog, &memory);
    policy_.hides = [](const caller&, const thing& thing) { return thing.name == "b_t"; };
    const auto see = [&](const char* subject) {
        return fakes::run(
            io_, views.view_for(std::make_shared<caller>(caller{.who = {.issuer = "i", .subject = subject}}),
                                policy_));
    };
    const auto first = see("x");
    EXPECT_EQ(memory.used(memory_class::catalog), first->bytes());
    EXPECT_EQ(see("x"), first);
    EXPECT_FALSE(views.incomplete());
    memory.set_limit(1);
    EXPECT_NE(see("y"), nullptr);
    ASSERT_EQ(views.all().size(), 1U);
    EXPECT_EQ(views.all()[0].policy_class, "y") << "it takes the place of the other";
    EXPECT_TRUE(views.incomplete());
    EXPECT_EQ(memory.used(memory_class::catalog), views.all()[0].view->bytes());
}

TEST_F(session_catalog, those_whose_view_is_not_kept_are_told_of_what_changed_for_others) {
    memory_ledger memory(1);
    auto before = std::make_shared<snapshot>(*current_.load());
    before->views = std::make_shared<catalog_views>(before->catalog, &memory);
    const auto who = std::make_shared<caller>(caller{.who = {.issuer = "i", .subject = "x"}});
    EXPECT_EQ(list_changes().of("x"), 0U);
    (void)fakes::run(io_, before->views->view_for(who, policy_));
    publish(settings_, {tools_of("a", {"t", "more"}), tools_of("b", {"t"})});
    const auto changes = fakes::run(io_, changes_between(before, current_.load(), policy_));
    EXPECT_EQ(changes.of("x"), static_cast<unsigned>(tools_changed));
}

TEST_F(session_catalog, what_a_backend_that_is_not_shown_lists_is_not_shown_either) {
    publish(settings_, {tools_of("b", {"t"})}, {tools_of("a", {"t"}), tools_of("b", {"t"})});
    EXPECT_FALSE(read(tools_of("a", {"t", "extra"})));
    EXPECT_FALSE(session_->own());
}

} // namespace
} // namespace vmcp
