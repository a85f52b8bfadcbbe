// What becomes of lines when the file takes them, takes some, or takes none.
#include "vmcp/audit/audit_pump.hpp"

#include "audit_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using test::call_record;
using test::lines_of;
using test::scripted_output;
using steady = std::chrono::steady_clock::time_point;

const steady t0{1000h};

class pump : public testing::Test {
protected:
    void add(int count) {
        for (int i = 0; i < count; ++i) {
            auto one = call_record();
            one.request_id = std::to_string(next++);
            queue.push(std::move(one));
        }
    }
    // Until there is nothing to do now.
    audit_pump::rest run(steady now = t0) {
        for (;;) {
            const auto rest = made.turn(file, terms, now, {});
            if (rest.until > now)
                return rest;
        }
    }
    // The request ids in the file; "lost N" for a line that says so; "?" for what is no line.
    std::vector<std::string> written() {
        std::vector<std::string> out;
        for (const auto& one : lines_of(file.text)) {
            if (one.is_discarded())
                out.emplace_back("?");
            else if (one["type"] == "vmcp_audit_lines_lost")
                out.push_back("lost " + one["metadata"]["extra"]["lost"].dump());
            else
                out.push_back(one["source"]["extra"]["request_id"]);
        }
        return out;
    }

    int next = 0;
    audit_queue queue{5};
    scripted_output file{};
    line_terms terms{.component = "gw"};
    int ids = 0;
    audit_pump made{queue, [this] { return "id-" + std::to_string(ids++); }};
};

using testing::ElementsAre;

TEST_F(pump, writes_in_order_and_then_waits_for_more) {
    add(3);
    const auto rest = run();
    EXPECT_EQ(rest.until, steady::max());
    EXPECT_FALSE(rest.asleep);
    EXPECT_THAT(written(), ElementsAre("0", "1", "2"));
    EXPECT_EQ(made.written(), 3u);
    EXPECT_EQ(lines_of(file.text)[2]["audit_id"], "id-2");
}

TEST_F(pump, short_trouble_loses_nothing) {
    file.problem = "No space left on device";
    add(3);
    const auto rest = run();
    EXPECT_EQ(rest.until, t0 + audit_pump::retry);
    EXPECT_TRUE(rest.asleep);
    EXPECT_EQ(made.problem(), "No space left on device");
    EXPECT_EQ(made.pending(), 3u);
    add(2);
    EXPECT_EQ(run(t0 + 500ms).until, t0 + audit_pump::retry);
    EXPECT_EQ(file.attempts, 1) << "not tried before its time";
    file.problem.clear();
    run(t0 + 1s);
    EXPECT_EQ(made.problem(), "");
    EXPECT_THAT(written(), ElementsAre("0", "1", "2", "3", "4"));
    EXPECT_EQ(queue.lost(), 0u);
}

TEST_F(pump, what_finds_no_room_is_counted_and_the_file_says_how_much) {
    file.problem = "No space left on device";
    add(1);
    run();
    add(9); // one is ready, five wait
    EXPECT_EQ(queue.lost(), 4u);
    EXPECT_EQ(queue.size(), 5u);
    file.problem.clear();
    run(t0 + 1s);
    EXPECT_THAT(written(), ElementsAre("0", "1", "2", "3", "4", "5", "lost 4"));
    add(1);
    run(t0 + 2s);
    EXPECT_THAT(written(), ElementsAre("0", "1", "2", "3", "4", "5", "lost 4", "10")) << "said once";
}

TEST_F(pump, a_line_that_fits_in_part_is_completed_later) {
    add(2);
    file.room = 100;
    run();
    EXPECT_EQ(made.problem(), "No space left on device");
    file.room = ~std::size_t{0};
    run(t0 + 1s);
    EXPECT_THAT(written(), ElementsAre("0", "1"));
}

TEST_F(pump, another_file_begins_with_a_whole_line) {
    add(2);
    file.room = 100;
    run();
    file.text.clear();
    file.room = ~std::size_t{0};
    made.file_changed();
    run(t0 + 1ms); // at once
    EXPECT_THAT(written(), ElementsAre("0", "1"));
}

TEST_F(pump, another_file_does_not_repeat_what_the_last_one_has) {
    add(2);
    run();
    made.file_changed();
    run();
    EXPECT_THAT(written(), ElementsAre("0", "1"));
    const auto first = file.text.find('\n') + 1;
    file.text.clear();
    add(2);
    file.room = first; // exactly one line
    run();
    made.file_changed();
    file.room = ~std::size_t{0};
    run(t0 + 1ms);
    EXPECT_THAT(written(), ElementsAre("2", "3"));
}

TEST(audit_queue, is_bounded_in_bytes_too) {
    audit_queue queue(1'000'000);
    auto big = call_record();
    big.request.text = std::string(1 << 20, 'x');
    for (int i = 0; i < 40; ++i)
        queue.push(big);
    EXPECT_GT(queue.lost(), 8u);
    EXPECT_LT(queue.size(), 32u);
    EXPECT_EQ(queue.size() + queue.lost(), 40u);
    (void)queue.take(40);
    queue.push(big);
    EXPECT_EQ(queue.size(), 1u);
}

} // namespace
} // namespace vmcp
