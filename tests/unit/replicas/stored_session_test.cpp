// What is stored of a session: it comes back as it was, to its owner only, and nothing in it can be used to be somebody.
#include "vmcp/replicas/stored_session.hpp"

#include "vmcp/replicas/replica_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string id = "0123456789abcdef0123456789abcdef";
const identity alice{"https://issuer.example", "alice"};

session_record sample() {
    return {.id = id,
            .who = alice,
            .version = protocol_version::v2025_06_18,
            .capabilities = std::make_shared<client_capabilities>(
                read_client_capabilities(R"({"elicitation":{},"roots":{"listChanged":true}})")),
            .level = log_level::warning,
            .subscriptions = {{"b", "file:///\"x\"\n", "file:///x"}, {"c", "u:2", "u:2"}}};
}

TEST(stored_session, comes_back_as_it_was) {
    const auto record = sample();
    const auto back = read_record(write_record(record), id, alice);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(back->id, id);
    EXPECT_EQ(back->who, alice);
    EXPECT_EQ(back->version, record.version);
    EXPECT_EQ(back->capabilities->raw, record.capabilities->raw);
    EXPECT_TRUE(back->capabilities->elicitation);
    EXPECT_EQ(back->level, record.level);
    EXPECT_EQ(back->subscriptions, record.subscriptions);
    const auto plain = read_record(write_record({.id = id}), id, {});
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->level, log_level::unset);
    EXPECT_TRUE(plain->subscriptions.empty());
}

TEST(stored_session, names_neither_its_id_nor_its_owner) {
    const auto text = write_record(sample());
    for (const auto& secret : {id, alice.subject, alice.issuer})
        EXPECT_THAT(text, Not(HasSubstr(secret)));
    EXPECT_EQ(session_digest(id).size(), 64U);
    EXPECT_THAT(session_digest(id), Not(HasSubstr(id)));
}

TEST(stored_session, belongs_to_its_owner_only) {
    const auto text = write_record(sample());
    for (const auto& other :
         {identity{}, identity{alice.issuer, "bob"}, identity{"https://other.example", "alice"}}) {
        const auto back = read_record(text, id, other);
        ASSERT_FALSE(back);
        EXPECT_EQ(back.error().code, errc::session_not_found);
    }
}

TEST(stored_session, members_of_a_newer_gateway_are_left_alone) {
    auto text = write_record(sample());
    text.insert(1, R"("new":{"deep":[1]},)");
    EXPECT_TRUE(read_record(text, id, alice));
}

TEST(stored_session, values_of_others_and_damaged_ones_are_told_apart_from_sessions_that_ended) {
    const auto good = write_record(sample());
    const auto with = [&](const std::string& part, const std::string& other) {
        auto text = good;
        text.replace(text.find(part), part.size(), other);
        return text;
    };
    for (const auto& text :
         {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() - 1),
          std::string(R"({"vmcp.identity.binding":"unauthenticated","vmcp.backend.ids":""})"), // ToolHive's
          with(R"("v":1)", R"("v":2)"), with("2025-06-18", "1999-01-01"), with("\"warning\"", "\"loud\""),
          with("\"warning\"", "7"), with(R"("capabilities":{)", R"("capabilities":[],"x":{)"),
          with(R"("backend":"b",)", ""), with(R"("backend":"b")", R"("backend":1)")}) {
        const auto back = read_record(text, id, alice);
        ASSERT_FALSE(back) << text;
        EXPECT_EQ(back.error().code, errc::io) << text;
    }
}

TEST(stored_session, is_bounded) {
    auto record = sample();
    record.subscriptions.assign(1'000, {"b", std::string(4'000, 'u'), "e"});
    const auto text = write_record(record);
    EXPECT_LE(text.size(), longest_record);
    const auto back = read_record(text, id, alice);
    ASSERT_TRUE(back);
    EXPECT_GT(back->subscriptions.size(), 200U);
}

TEST(replica_message, comes_back_as_it_was) {
    const auto digest = session_digest(id);
    using kind = replica_message::kind;
    for (const auto& m :
         {replica_message{kind::ended, 7, digest, {}}, replica_message{kind::changed, 2147483647, digest, {}},
          replica_message{kind::said, 1, digest, R"({"jsonrpc":"2.0","id":4194305,"result":{"a":[{}]}})"}})
        EXPECT_EQ(read_replica_message(write_replica_message(m)), m);
}

TEST(replica_message, what_is_none_is_ignored) {
    const auto digest = session_digest(id);
    for (const std::string& text : {std::string(), std::string("x"), std::string("{}"),
                                    R"({"v":2,"from":1,"kind":"ended","session":")" + digest + "\"}",
                                    R"({"v":1,"from":1,"kind":"shut","session":")" + digest + "\"}",
                                    R"({"v":1,"from":-1,"kind":"ended","session":")" + digest + "\"}",
                                    R"({"v":1,"from":1,"kind":"said","session":")" + digest + "\"}",
                                    std::string(R"({"v":1,"from":1,"kind":"ended","session":"short"})")})
        EXPECT_FALSE(read_replica_message(text)) << text;
}

} // namespace
} // namespace vmcp
