// Ids, samples, the queue, and when what is not taken is sent again.
#include "vmcp/model/tracer.hpp"
#include "vmcp/telemetry/export_pace.hpp"
#include "vmcp/telemetry/sampler.hpp"
#include "vmcp/telemetry/span_queue.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

TEST(sampler, ids_differ_and_a_trace_goes_on) {
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(next_context({}, {}).trace_id);
    EXPECT_EQ(seen.size(), 1000U);
    auto parent = next_context({}, {.ratio = 1});
    EXPECT_TRUE(parent.sampled);
    parent.state = "a=1";
    const auto child = next_context(parent, {.ratio = 0});
    EXPECT_EQ(child.trace_id, parent.trace_id);
    EXPECT_NE(child.span_id, parent.span_id);
    EXPECT_EQ(child.state, "a=1");
    EXPECT_TRUE(child.sampled) << "the parent has decided";
    EXPECT_FALSE(next_context(parent, {.parent_decides = false, .ratio = 0}).sampled);
}

TEST(sampler, the_share_is_that_of_the_configuration) {
    int kept = 0;
    constexpr int all = 100'000;
    for (int i = 0; i < all; ++i)
        kept += next_context({}, {.ratio = 0.25}).sampled ? 1 : 0;
    EXPECT_NEAR(kept, all / 4, all / 50);
    EXPECT_FALSE(is_sampled({}, 0));
    std::array<std::uint8_t, 16> highest{};
    highest.fill(0xFF);
    EXPECT_TRUE(is_sampled(highest, 1));
    EXPECT_FALSE(is_sampled(highest, 0.99));
    EXPECT_TRUE(is_sampled({}, 0.01));
}

TEST(span_queue, is_bounded_in_spans_and_bytes) {
    span_queue queue;
    queue.set_limit(3);
    for (int i = 0; i < 5; ++i)
        queue.push({.name = std::to_string(i)});
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.lost(), 2U);
    const auto first = queue.take(2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[1].name, "1");
    EXPECT_EQ(queue.take(9).size(), 1U);
    EXPECT_TRUE(queue.take(1).empty());

    queue.set_limit(1'000'000);
    for (int i = 0; i < 20; ++i)
        queue.push({.name = std::string(std::size_t{1} << 20, 'x')});
    EXPECT_LT(queue.size(), 8U);
    EXPECT_EQ(queue.take(100).size() + (queue.lost() - 2), 20U);
}

TEST(span, long_texts_are_cut) {
    span one;
    one.add("k", std::string_view());
    EXPECT_TRUE(one.attributes.empty());
    one.add("k", std::string(5'000, 'x'));
    EXPECT_EQ(std::get<std::string>(one.attributes[0].second).size(), 1'024U);
}

struct collecting final : tracer {
    trace_context begin(const trace_context& parent) override {
        return next_context(parent, {.ratio = ratio});
    }
    void ended(span finished) override { spans.push_back(std::move(finished)); }
    double ratio = 1;
    std::vector<span> spans{};
};

TEST(running_span, without_a_tracer_the_parent_goes_on) {
    const auto parent = next_context({}, {.ratio = 1});
    running_span none(parent, span_kind::client);
    EXPECT_EQ(none.context(), parent);
    EXPECT_EQ(none.record(), nullptr);
}

TEST(running_span, is_recorded_once_and_only_where_it_is_sampled) {
    collecting to;
    set_tracing(&to);
    {
        running_span root({}, span_kind::internal);
        running_span child(root.context(), span_kind::client);
        child.record()->name = "child";
        child.end();
        child.end();
        EXPECT_EQ(child.record(), nullptr);
    }
    ASSERT_EQ(to.spans.size(), 2U);
    EXPECT_EQ(to.spans[0].parent, to.spans[1].context.span_id);
    EXPECT_EQ(to.spans[0].context.trace_id, to.spans[1].context.trace_id);
    to.ratio = 0;
    running_span unsampled({}, span_kind::client);
    EXPECT_TRUE(unsampled.context().known());
    EXPECT_EQ(unsampled.record(), nullptr);
    set_tracing(nullptr);
}

TEST(export_pace, what_may_work_later_is_sent_again) {
    for (const unsigned status : {0U, 429U, 502U, 503U, 504U}) {
        export_pace pace;
        auto verdict = pace.answered({.status = status}, 0);
        EXPECT_EQ(verdict.batch, batch_fate::again) << status;
        EXPECT_EQ(verdict.pause, 500ms);
        EXPECT_EQ(pace.answered({.status = status}, 1).pause, 2s);
    }
    for (const unsigned status : {400U, 401U, 404U, 500U, 302U})
        EXPECT_EQ(export_pace().answered({.status = status}, 0).batch, batch_fate::lost) << status;
}

TEST(export_pace, gives_up_a_batch_and_stays_slow) {
    export_pace pace;
    for (unsigned i = 1; i < export_pace::most_attempts; ++i)
        EXPECT_EQ(pace.answered({.status = 503}, 1).batch, batch_fate::again);
    const auto last = pace.answered({.status = 503}, 1);
    EXPECT_EQ(last.batch, batch_fate::lost);
    EXPECT_EQ(last.pause, 16s);
    EXPECT_EQ(pace.answered({.status = 503}, 1).batch, batch_fate::again) << "of the next batch";
    for (int i = 0; i < 50; ++i)
        EXPECT_LE(pace.answered({.status = 503}, 1).pause, export_pace::longest_pause);
}

TEST(export_pace, retry_after_is_heeded_within_a_bound) {
    EXPECT_EQ(export_pace().answered({.status = 429, .retry_after = "7"}, 0).pause, 7s);
    EXPECT_EQ(export_pace().answered({.status = 429, .retry_after = "86400"}, 0).pause, 60s);
    EXPECT_EQ(export_pace().answered({.status = 429, .retry_after = "0"}, 0).pause, 500ms);
    EXPECT_EQ(
        export_pace().answered({.status = 429, .retry_after = "Fri, 31 Dec 1999 23:59:59 GMT"}, 0).pause,
        500ms);
}

TEST(export_pace, the_log_says_it_once) {
    export_pace pace;
    EXPECT_EQ(pace.answered({.problem = "connection refused by 127.0.0.1:1"}, 0).warning,
              "connection refused by 127.0.0.1:1");
    EXPECT_EQ(pace.answered({.status = 503}, 0).warning, "");
    EXPECT_NE(pace.answered({.status = 200}, 0).notice, "");
    EXPECT_EQ(pace.answered({.status = 200}, 0).notice, "");
    EXPECT_EQ(pace.answered({.status = 401, .problem = "who are you"}, 0).warning, "HTTP 401: who are you");
}

} // namespace
} // namespace vmcp
