// requestState: what was sealed is opened, and nothing else.
#include "transport/mcp/front/request_state.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

const sealed_place place{.number = 7, .expires = 12'345, .binding = digest_of({"a", "b"})};

TEST(request_state, leads_back_to_what_was_sealed) {
    const state_seal seal;
    const auto text = seal.seal(place);
    EXPECT_EQ(seal.open(text), place);
    EXPECT_NE(seal.seal(place), text) << "a nonce of its own each time";
}

TEST(request_state, every_change_is_seen) {
    const state_seal seal;
    const auto text = seal.seal(place);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(seal.open(changed)) << "at " << i;
        EXPECT_FALSE(seal.open(text.substr(0, i))) << "cut at " << i;
    }
    EXPECT_FALSE(seal.open(text + "A"));
    EXPECT_FALSE(seal.open(""));
    EXPECT_FALSE(seal.open("1."));
    EXPECT_FALSE(seal.open(std::string(100'000, 'A')));
}

TEST(request_state, is_of_one_process) {
    EXPECT_FALSE(state_seal().open(state_seal().seal(place)));
}

TEST(digest, tells_where_parts_end) {
    EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"}));
    EXPECT_NE(digest_of({"a"}), digest_of({"a", ""}));
    EXPECT_EQ(digest_of({"a", "b"}), place.binding);
}

} // namespace
} // namespace transport
