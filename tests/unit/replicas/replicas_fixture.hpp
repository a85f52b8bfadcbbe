// Replicas in a test: stores over one Redis that is a map, whose connection the test cuts.
#pragma once

#include "tests/fakes/run.hpp"
#include "vmcp/replicas/shared_session_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vmcp::test_replicas {

using transport::redis_command;
using transport::resp_value;

// Keys without times to live, and what is published.
class map_redis final : public transport::redis_commands {
public:
    awaitable<result<resp_value>> run(redis_command command) override { co_return execute(command); }
    void send(redis_command command) override { (void)execute(command); }
    [[nodiscard]] bool up() const noexcept override { return !away; }

    std::map<std::string, std::string> values{};
    std::vector<redis_command> commands{};
    std::deque<std::pair<std::string, std::string>> published{};
    bool away = false;
    bool full = false;

    [[nodiscard]] std::size_t count(const std::string& name) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(commands, [&](const auto& c) { return c.front() == name; }));
    }

private:
    using kind = resp_value::kind;

    result<resp_value> execute(const redis_command& c) {
        if (away)
            return fail(errc::io, "connection refused by 127.0.0.1:6379");
        commands.push_back(c);
        const auto& key = c.at(1);
        const bool there = values.contains(key);
        const auto has = [&](const char* word) { return std::ranges::find(c, word) != c.end(); };
        if (c.front() == "SET") {
            if (full)
                return fail(errc::io, "Redis says: OOM command not allowed when used memory > 'maxmemory'.");
            if ((has("NX") && there) || (has("XX") && !there))
                return resp_value();
            values[key] = c.at(2);
            return resp_value{.type = kind::simple, .text = "OK"};
        }
        if (c.front() == "GET" || c.front() == "GETEX")
            return there ? resp_value{.type = kind::bulk, .text = values[key]} : resp_value();
        if (c.front() == "PUBLISH")
            published.emplace_back(key, c.at(2));
        if (c.front() == "DEL")
            values.erase(key);
        return resp_value{.type = kind::integer, .number = there ? 1 : 0};
    }
};

struct replica {
    replica(map_redis& redis, std::uint32_t number) : store(table, redis, "p:", number) {}
    session_table table{{}};
    shared_session_store store;
};

class replicas : public testing::Test {
protected:
    using session_ptr = std::shared_ptr<live_session>;

    session_ptr open(replica& at, identity who = {}) {
        return fakes::run(io, at.store.open({.id = random_session_id(),
                                             .who = std::move(who),
                                             .version = protocol_version::v2025_06_18}))
            .value();
    }
    result<session_ptr> find(replica& at, const std::string& id, const identity& who = {}) {
        return fakes::run(io, at.store.find(id, who, touch_by::request));
    }
    errc refusal(replica& at, const std::string& id, const identity& who = {}) {
        const auto found = find(at, id, who);
        return found ? errc::internal : found.error().code;
    }
    // What was published reaches all of these.
    void deliver(std::vector<replica*> to) {
        for (; !redis.published.empty(); redis.published.pop_front())
            for (auto* one : to)
                if (std::ranges::count(one->store.channels(), redis.published.front().first) > 0)
                    fakes::run(io, one->store.heard(redis.published.front().second));
    }
    // Nothing is taken for confirmed any more.
    void later(replica& at) { at.store.missed_messages(); }

    boost::asio::io_context io{};
    map_redis redis{};
    replica a{redis, 1};
    replica b{redis, 2};
};

} // namespace vmcp::test_replicas
