// The whole of supervision over backends that the test moves by hand: who belongs to the fleet, what clients see of it, and
// what one part's news mean for the others.
#include "vmcp/supervision/supervisor.hpp"

#include "tests/fakes/hand_backend.hpp"
#include "tests/fakes/hand_clock.hpp"
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using fakes::hand_backend;
using health::finding;
using health::state;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

backend_config named(std::string name) {
    backend_config out;
    out.url = "http://" + name + "/mcp";
    out.name = std::move(name);
    return out;
}

class cluster final : public membership_source {
public:
    const std::string& name() const noexcept override { return name_; }
    const std::vector<backend_config>& definitions() const override { return now; }
    void on_change(std::function<void()> told) override { tell = std::move(told); }

    std::vector<backend_config> now{};
    std::function<void()> tell{};

private:
    const std::string name_ = "cluster";
};

class supervising : public testing::Test {
protected:
    supervising() {
        log::set_sink([](log::level, std::string_view) {});
    }
    ~supervising() override {
        supervisor_.shut_down();
        on_.settle();
        log::set_sink({});
    }

    health::membership_change apply(std::vector<backend_config> backends) {
        auto next = std::make_shared<config>();
        next->backends = std::move(backends);
        next->operational.failures.unhealthy_threshold = 1;
        next->operational.failures.grace = 10s;
        auto change = supervisor_.apply(std::move(next));
        on_.settle();
        return change;
    }
    // Of the newest definition of that name.
    hand_backend& at(const std::string& name) { return *made_.at(name).back(); }
    void becomes_healthy(const std::string& name, const std::vector<std::string>& tools = {"t"}) {
        at(name).last_probe().answers(finding::success, "s-" + name);
        on_.settle();
        at(name).tools(tools);
        on_.pass(publisher::gathering);
    }
    // At its next probe.
    void fails(const std::string& name) {
        on_.pass(31s);
        at(name).last_probe().answers(finding::refused);
        on_.settle();
    }
    std::vector<std::string> tools() {
        std::vector<std::string> out;
        for (const auto& one : current_.load()->catalog->visible(list_kind::tools))
            out.push_back(one.exposed);
        return out;
    }
    std::shared_ptr<const fleet_view> look() { return fakes::run(on_.context(), supervisor_.look()); }
    health::backend_row row(const std::string& name) {
        const auto view = look();
        for (const auto& one : view->health.backends)
            if (one.name == name)
                return one;
        return {};
    }

    fakes::hand_driven on_{};
    std::map<std::string, std::vector<std::shared_ptr<hand_backend>>> made_{};
    std::map<std::string, std::shared_ptr<backend_gate>> gates_{};
    std::map<std::string, std::string> cannot_make_{};
    session_table sessions_{{}};
    allow_all policy_{};
    published<snapshot> current_{make_snapshot({.settings = std::make_shared<const config>()})};
    session_catalogs own_{current_, policy_};
    supervisor supervisor_{
        on_.thread(),
        sessions_,
        policy_,
        own_,
        current_,
        [this](const backend_config& definition, const config&,
               std::shared_ptr<backend_gate> gate) -> result<std::shared_ptr<supervised_backend>> {
            if (const auto why = cannot_make_.find(definition.name); why != cannot_make_.end())
                return fail(errc::config, why->second);
            gates_[definition.name] = std::move(gate);
            auto made = std::make_shared<hand_backend>(definition.name);
            made_[definition.name].push_back(made);
            return std::shared_ptr<supervised_backend>(made);
        }};
};

TEST_F(supervising, a_backend_that_answers_is_listed_and_healthy_once_it_is) {
    apply({named("a")});
    EXPECT_EQ(row("a").health.now, state::unknown);
    at("a").last_probe().answers(finding::success);
    on_.settle();
    EXPECT_EQ(row("a").health.now, state::unknown) << "its tools are not known yet";
    EXPECT_THAT(row("a").health.reason, HasSubstr("its lists are being read"));
    at("a").tools({"t"});
    on_.pass(publisher::gathering);
    EXPECT_EQ(row("a").health.now, state::healthy);
    EXPECT_THAT(tools(), ElementsAre("a_t"));
    EXPECT_EQ(at("a").recoveries, 1U);
}

TEST_F(supervising, a_reload_touches_only_what_it_changes) {
    apply({named("stays"), named("limited"), named("moves"), named("leaves")});
    for (const auto* name : {"stays", "limited", "moves", "leaves"})
        becomes_healthy(name);
    auto limited = named("limited");
    limited.max_concurrency = 3;
    auto moved = named("moves");
    moved.url += "2";
    const auto change = apply({named("joins"), named("stays"), limited, moved});
    EXPECT_THAT(change.added, ElementsAre("joins"));
    EXPECT_THAT(change.removed, ElementsAre("leaves"));
    EXPECT_EQ(made_["stays"].size(), 1U);
    EXPECT_EQ(made_["limited"].size(), 1U);
    EXPECT_EQ(at("limited").adjusted, 1U);
    ASSERT_EQ(made_["moves"].size(), 2U);
    EXPECT_EQ(made_["moves"][0]->retired, 1U);
    EXPECT_EQ(made_["leaves"][0]->retired, 1U);
    EXPECT_EQ(at("stays").retired, 0U);
    EXPECT_EQ(row("stays").health.now, state::healthy);
    EXPECT_EQ(row("moves").health.now, state::unknown) << "nothing is kept of the old definition";
    EXPECT_THAT(tools(), ElementsAre("stays_t", "limited_t"));
    EXPECT_EQ(look()->health.backends.size(), 4U);
}

TEST_F(supervising, sessions_of_clients_with_a_backend_that_leaves_are_dropped) {
    apply({named("a"), named("b")});
    const auto session =
        sessions_
            .add({.id = random_session_id(), .capabilities = std::make_shared<client_capabilities>()},
                 steady_clock::now())
            .value();
    const auto with_a = std::make_shared<test::fake_backend_session>();
    const auto with_b = std::make_shared<test::fake_backend_session>();
    session->backend(at("a").session_key(), [&] { return with_a; });
    session->backend(at("b").session_key(), [&] { return with_b; });
    apply({named("b")});
    EXPECT_EQ(with_a->closes, 1);
    EXPECT_EQ(with_b->closes, 0);
}

TEST_F(supervising, a_definition_that_cannot_be_used_costs_nobody_else) {
    auto missing = named("missing");
    missing.problem = "cannot read file 'ca.pem'";
    cannot_make_["broken"] = "the bundle holds no certificate";
    apply({named("a"), missing, named("broken"), named("z")});
    becomes_healthy("a");
    becomes_healthy("z");
    EXPECT_THAT(tools(), ElementsAre("a_t", "z_t"));
    EXPECT_EQ(row("missing").health.now, state::unhealthy);
    EXPECT_THAT(row("missing").health.reason, HasSubstr("cannot be used: cannot read file 'ca.pem'"));
    EXPECT_THAT(row("broken").health.reason, HasSubstr("the bundle holds no certificate"));
    EXPECT_FALSE(made_.contains("missing")) << "not even asked";
    const auto seen = look();
    EXPECT_EQ(seen->health.counts.routable, 2U);
    EXPECT_EQ(seen->health.counts.total, 4U);
    EXPECT_EQ(seen->loads[1].gate, nullptr);
    EXPECT_THAT(current_.load()->catalog->backends(), ElementsAre("a", "missing", "broken", "z"))
        << "they keep their place";

    // Mended, one by the definition, the other by the machine.
    cannot_make_.clear();
    apply({named("a"), named("missing"), named("broken"), named("z")});
    becomes_healthy("missing");
    becomes_healthy("broken");
    EXPECT_THAT(tools(), ElementsAre("a_t", "missing_t", "broken_t", "z_t"));
    EXPECT_EQ(made_["a"].size(), 1U);
}

TEST_F(supervising, where_callers_bring_what_a_backend_asks_for_calls_can_succeed) {
    auto theirs = named("theirs");
    theirs.auth.type = auth_strategy::kind::token_exchange;
    apply({named("a"), theirs});
    for (const auto* name : {"a", "theirs"})
        at(name).last_probe().answers(finding::auth_needed, "");
    on_.settle();
    const auto seen = look();
    EXPECT_EQ(seen->health.counts.unauthenticated, 2U);
    EXPECT_EQ(seen->health.counts.routable, 1U);
}

TEST_F(supervising, a_definition_that_breaks_is_served_no_more) {
    apply({named("a")});
    becomes_healthy("a");
    auto broken = named("a");
    broken.problem = "environment variable 'KEY' is not set";
    const auto change = apply({broken});
    ASSERT_EQ(change.replaced.size(), 1U);
    EXPECT_EQ(at("a").retired, 1U);
    EXPECT_THAT(tools(), IsEmpty());
    EXPECT_EQ(row("a").health.now, state::unhealthy);
}

TEST_F(supervising, a_call_to_what_cannot_be_used_fails_and_says_which_it_is) {
    auto missing = named("missing");
    missing.problem = "a secret path";
    apply({missing});
    const auto& backend = current_.load()->backends.at(0);
    EXPECT_FALSE(backend->offers_resources());
    struct no_sink final : reply_sink {
        awaitable<void> notify(const gather&) override { co_return; }
        result<std::shared_ptr<pending_ask>> ask(const message&) override {
            return vmcp::fail(errc::internal);
        }
        void pause() override {}
        awaitable<void> done(const reply&) override { co_return; }
        awaitable<void> fail(const failure&) override { co_return; }
    } out;
    const auto outcome = fakes::run(on_.context(), backend->exchange({}, out));
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().message(), HasSubstr("\"missing\""));
    EXPECT_THAT(outcome.error().message(), testing::Not(HasSubstr("secret")));
}

TEST_F(supervising, another_source_adds_backends_and_never_takes_a_name) {
    cluster source;
    supervisor_.add_source(source);
    source.now = {named("b"), named("a")};
    apply({named("a")});
    becomes_healthy("a");
    becomes_healthy("b");
    EXPECT_THAT(tools(), ElementsAre("a_t", "b_t"));
    EXPECT_EQ(made_["a"].size(), 1U);
    EXPECT_THAT(row("a@cluster").health.reason, HasSubstr("\"a\" is taken by a backend of: configuration"));
    EXPECT_THAT(current_.load()->catalog->backends(), ElementsAre("a", "b"));

    source.now = {named("c")};
    source.tell();
    on_.settle();
    becomes_healthy("c");
    EXPECT_THAT(tools(), ElementsAre("a_t", "c_t"));
    EXPECT_EQ(made_["b"][0]->retired, 1U);
    EXPECT_EQ(at("a").retired, 0U);

    // The configuration gives a name up, and the cluster's backend is served under it.
    source.now = {named("a")};
    source.tell();
    apply({named("d")});
    EXPECT_EQ(made_["a"].size(), 1U) << "the same definition";
    EXPECT_EQ(row("a").health.now, state::healthy);
    EXPECT_EQ(row("a@cluster").name, "");
}

TEST_F(supervising, what_a_call_met_reaches_the_monitor_and_a_member_that_left_hears_nothing) {
    apply({named("a")});
    becomes_healthy("a");
    const auto gate = gates_["a"];
    const auto allowed = gate->admit(on_.now());
    ASSERT_TRUE(allowed);
    gate->ended(*allowed, {.evidence = {.what = finding::refused}, .failed = true}, {on_.now(), {}});
    on_.settle();
    EXPECT_EQ(row("a").health.now, state::unhealthy);
    EXPECT_EQ(gate->failed_calls(), 1U);
    apply({});
    gate->ended(*allowed, {.evidence = {.what = finding::reset}, .failed = true}, {on_.now(), {}});
    gate->lists_changed();
    on_.settle();
    EXPECT_THAT(look()->health.backends, IsEmpty());
}

TEST_F(supervising, a_backend_that_is_down_loses_its_tools_after_the_grace_and_gets_them_back) {
    apply({named("a"), named("b")});
    becomes_healthy("a");
    becomes_healthy("b");
    fails("a");
    EXPECT_THAT(tools(), ElementsAre("a_t", "b_t"));
    on_.pass(10s);
    EXPECT_THAT(tools(), ElementsAre("b_t"));
    const auto snap = current_.load();
    ASSERT_EQ(snap->catalog->hidden().size(), 1U);
    EXPECT_THAT(snap->catalog->hidden()[0].reason, HasSubstr("the backend is down since"));
    ASSERT_NE(snap->withdrawn, nullptr);
    EXPECT_NE(snap->withdrawn->find_tool("a_t"), nullptr) << "a call still finds its owner";
    at("a").last_probe().answers(finding::success);
    on_.pass(20ms);
    at("a").tools({"t"});
    on_.pass(publisher::gathering);
    EXPECT_THAT(tools(), ElementsAre("a_t", "b_t"));
    EXPECT_EQ(current_.load()->withdrawn, nullptr);
}

TEST_F(supervising, clients_are_told_when_what_they_see_changed) {
    apply({named("a")});
    const auto session =
        sessions_
            .add({.id = random_session_id(), .capabilities = std::make_shared<client_capabilities>()},
                 steady_clock::now())
            .value();
    const auto stream = std::make_shared<test::fake_outbound>();
    stream->open = true;
    session->set_stream(stream);
    becomes_healthy("a");
    EXPECT_THAT(stream->sent, ElementsAre(HasSubstr("notifications/tools/list_changed")));
    gates_["a"]->lists_changed();
    on_.pass(list_schedule::gathering);
    at("a").tools({"t"});
    on_.pass(1s);
    EXPECT_EQ(stream->sent.size(), 1U) << "the same lists";
}

TEST_F(supervising, whoever_changes_all_the_time_is_read_and_told_of_at_a_pace) {
    apply({named("a"), named("b")});
    const auto session =
        sessions_
            .add({.id = random_session_id(), .capabilities = std::make_shared<client_capabilities>()},
                 steady_clock::now())
            .value();
    const auto stream = std::make_shared<test::fake_outbound>();
    stream->open = true;
    session->set_stream(stream);
    becomes_healthy("a");
    becomes_healthy("b");
    const auto told = stream->sent.size();
    const auto read = at("a").readings_begun + at("b").readings_begun;
    int n = 0;
    for (auto waited = 0ms; waited < 10s; waited += 10ms) {
        for (const auto* name : {"a", "b"}) {
            for (int i = 0; i < 5; ++i)
                gates_[name]->lists_changed();
            if (!at(name).readings.empty())
                at(name).tools({"t" + std::to_string(++n)});
        }
        on_.pass(10ms);
    }
    EXPECT_LE(at("a").readings_begun + at("b").readings_begun - read, 32U);
    EXPECT_GE(stream->sent.size() - told, 10U);
    EXPECT_LE(stream->sent.size() - told, 16U) << "of both at once";
    for (int round = 0; round < 3; ++round) {
        for (const auto* name : {"a", "b"})
            if (!at(name).readings.empty())
                at(name).tools({"last"});
        on_.pass(1100ms);
    }
    const auto sent = stream->sent.size();
    EXPECT_THAT(tools(), ElementsAre("a_last", "b_last"));
    on_.pass(5s);
    EXPECT_EQ(stream->sent.size(), sent) << "the last change was told, and only once";
}

TEST_F(supervising, after_the_end_nothing_is_probed_read_or_published) {
    apply({named("a")});
    becomes_healthy("a");
    const auto snap = current_.load();
    supervisor_.shut_down();
    on_.settle();
    EXPECT_EQ(at("a").retired, 1U);
    EXPECT_EQ(at("a").last_probe().kind, health::probe_kind::goodbye);
    at("a").last_probe().answers(finding::success);
    const auto probes = at("a").probes.size();
    gates_["a"]->lists_changed();
    on_.pass(1h);
    EXPECT_EQ(at("a").probes.size(), probes);
    EXPECT_EQ(at("a").readings_begun, 1U);
    EXPECT_EQ(current_.load(), snap);
    EXPECT_EQ(look()->health.backends.size(), 1U) << "who looks late sees something";
}

} // namespace
} // namespace vmcp
