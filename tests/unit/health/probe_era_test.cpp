// Probes where a backend may speak either era: which questions are asked, and what their answers prove.
#include "health/probe_machine.hpp"
#include "tests/unit/health/probe_script.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace health::test {
namespace {

using lines = std::vector<std::string>;

probe_options both(bool initialize_first = false) {
    probe_options options;
    options.routes_modern = true;
    options.initialize_first = initialize_first;
    return options;
}

constexpr std::string_view modern_result = R"({"supportedVersions":["2026-07-28"],"capabilities":{}})";

// The requests of a probe, as they were sent.
lines sent(const lines& log) {
    lines out;
    for (const auto& line : log)
        if (line.starts_with("send "))
            out.push_back(line.substr(5));
    return out;
}

TEST(probe_era, of_a_backend_of_both_is_the_newer_one) {
    legacy_server legacy;
    network net;
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(r, R"({"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{}})");
        return legacy(r);
    };
    const auto ran = run(probe_machine(both(), {}), net);
    EXPECT_EQ(sent(ran.log), lines{"server/discover"});
    EXPECT_EQ(ran.result.memory.proved, era::modern);
}

TEST(probe_era, a_lost_session_may_be_that_of_a_backend_that_was_upgraded) {
    network net;
    net.server = [](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(r, modern_result);
        return error_answer(r, -32022, "Unsupported protocol version", 400);
    };
    const auto ran = run(probe_machine(both(), {era::legacy, "s-1", "2025-06-18", 7}), net);
    EXPECT_EQ(sent(ran.log), (lines{"ping in s-1", "server/discover"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory.proved, era::modern);
    EXPECT_EQ(ran.result.revision, "2026-07-28");
    EXPECT_TRUE(ran.result.memory.session_id.empty());
}

TEST(probe_era, a_status_alone_proves_nothing_and_a_handshake_does) {
    for (const unsigned status : {400U, 404U, 405U, 415U, 200U}) {
        legacy_server legacy;
        network net;
        net.server = [&](const probe_request& r) -> reply {
            return r.step == probe_step::discover ? reply(http(status, "text/html", "<html></html>"))
                                                  : legacy(r);
        };
        const auto ran = run(probe_machine(both(), {}), net);
        EXPECT_EQ(ran.result.memory.proved, era::legacy) << status;
        EXPECT_FALSE(ran.result.discover_in_vain) << status;
    }
}

TEST(probe_era, what_brings_no_verdict_is_said_to_the_next_probe) {
    for (const reply& nothing : {reply(http(500)), reply(http(503)), reply(http(429)),
                                 reply(problem(finding::reset)), reply(silence{})}) {
        network net;
        net.server = [&](const probe_request&) { return nothing; };
        const auto ran = run(probe_machine(both(), {era::modern, "", "2026-07-28", 3}), net);
        EXPECT_NE(ran.result.met.what, finding::success);
        EXPECT_TRUE(ran.result.discover_in_vain);
    }
    network net;
    net.server = [](const probe_request&) { return http(401); };
    EXPECT_FALSE(run(probe_machine(both(), {}), net).result.discover_in_vain) << "that is about credentials";
}

TEST(probe_era, with_the_handshake_first_the_newer_one_is_found_all_the_same) {
    legacy_server legacy;
    network net;
    net.server = [&](const probe_request& r) -> reply {
        return r.step == probe_step::discover ? reply(result_answer(r, modern_result)) : legacy(r);
    };
    const auto ran = run(probe_machine(both(true), {}), net);
    EXPECT_EQ(sent(ran.log),
              (lines{"initialize", "notifications/initialized in s-1", "server/discover", "DELETE in s-1"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory.proved, era::modern);
    EXPECT_TRUE(ran.result.memory.session_id.empty());
    EXPECT_TRUE(ran.result.opened.empty());
    EXPECT_TRUE(legacy.live.empty()) << "nobody goes on in that session";
}

TEST(probe_era, with_the_handshake_first_nothing_that_discover_does_takes_the_handshake_back) {
    for (const reply& odd :
         {reply(http(500)), reply(http(404)), reply(problem(finding::reset)), reply(silence{})}) {
        legacy_server legacy;
        network net;
        net.server = [&](const probe_request& r) -> reply {
            return r.step == probe_step::discover ? odd : legacy(r);
        };
        const auto ran = run(probe_machine(both(true), {}), net);
        EXPECT_EQ(ran.result.met.what, finding::success);
        EXPECT_EQ(ran.result.memory.proved, era::legacy);
        EXPECT_EQ(ran.result.memory.session_id, "s-1");
        EXPECT_EQ(ran.result.revision, "2025-06-18");
        EXPECT_FALSE(ran.result.discover_in_vain);
    }
}

TEST(probe_era, with_the_handshake_first_a_modern_backend_is_found_by_its_refusal) {
    network net;
    net.server = [](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(r, modern_result);
        return error_answer(r, -32022, "Unsupported protocol version", 400,
                            R"({"supported":["2026-07-28"]})");
    };
    const auto ran = run(probe_machine(both(true), {}), net);
    EXPECT_EQ(sent(ran.log), (lines{"initialize", "server/discover"}));
    EXPECT_EQ(ran.result.memory.proved, era::modern);
    EXPECT_EQ(ran.result.met.what, finding::success);
}

TEST(probe_era, where_only_the_newer_one_is_wanted_nothing_else_is_asked) {
    probe_options only = both();
    only.routes_legacy = false;
    legacy_server legacy;
    network net;
    net.server = std::ref(legacy);
    auto ran = run(probe_machine(only, {}), net);
    EXPECT_EQ(sent(ran.log), lines{"server/discover"});
    EXPECT_EQ(ran.result.met.what, finding::rpc_error);
    EXPECT_EQ(ran.result.memory.proved, era::unknown);
    EXPECT_TRUE(legacy.live.empty());

    net.server = [](const probe_request& r) {
        return result_answer(r, R"({"supportedVersions":["2025-11-25"]})");
    };
    ran = run(probe_machine(only, {}), net);
    EXPECT_EQ(ran.result.met.what, finding::wrong_protocol);
    EXPECT_EQ(ran.result.met.detail, "server/discover names 2025-11-25, and not 2026-07-28");
}

} // namespace
} // namespace health::test
