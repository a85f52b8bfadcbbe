// Snapshots are swapped whole, while others read.
#include "tests/unit/service/gateway_world.hpp"

#include <future>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST(published, who_reads_keeps_what_it_got) {
    published<int> value(std::make_shared<int>(1));
    const auto before = value.load();
    value.store(std::make_shared<int>(2));
    EXPECT_EQ(*before, 1);
    EXPECT_EQ(*value.load(), 2);
    EXPECT_EQ(before.use_count(), 1) << "nobody else holds the old value";
}

// What dies with an old value (connections, sessions) may take long, and may itself read what is current.
TEST(published, the_old_value_dies_while_others_can_read) {
    struct watched {
        std::function<void()> at_end;
        explicit watched(std::function<void()> f) : at_end(std::move(f)) {}
        watched(const watched&) = delete;
        ~watched() { at_end(); }
    };
    std::future<void> reader;
    auto could_read = std::future_status::deferred;
    published<watched> value(nullptr);
    value.store(std::make_shared<watched>([&] {
        reader = std::async(std::launch::async, [&] { (void)value.load(); });
        could_read = reader.wait_for(10s);
    }));
    value.store(nullptr);
    EXPECT_EQ(could_read, std::future_status::ready);
}

TEST(published, readers_see_whole_values_in_order) {
    struct pair {
        int a;
        int b;
    };
    published<pair> value(std::make_shared<pair>(pair{0, 0}));
    constexpr int last = 20'000;
    std::vector<std::thread> readers;
    for (int t = 0; t < 3; ++t)
        readers.emplace_back([&] {
            for (int seen = 0; seen < last;) {
                const auto now = value.load();
                EXPECT_EQ(now->a, now->b);
                EXPECT_GE(now->a, seen);
                seen = now->a;
            }
        });
    for (int i = 1; i <= last; ++i)
        value.store(std::make_shared<pair>(pair{i, i}));
    for (auto& reader : readers)
        reader.join();
}

} // namespace
} // namespace vmcp
