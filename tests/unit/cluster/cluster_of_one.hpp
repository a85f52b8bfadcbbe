// An API server in memory that keeps one VirtualMCPServer, a Lease and events, for tests of what writes there.
#pragma once

#include "tests/fakes/hand_clock.hpp"
#include "transport/kube/kube_client.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcp::test {

class cluster_of_one final : public kube::kube_client {
public:
    nlohmann::json server{{"apiVersion", "toolhive.stacklok.dev/v1beta1"},
                          {"metadata",
                           {{"name", "gateway"},
                            {"namespace", "tools"},
                            {"uid", "1234"},
                            {"generation", 2},
                            {"resourceVersion", "1"}}},
                          {"status", {{"url", "http://gateway"}}}};
    std::optional<nlohmann::json> lease{};
    std::vector<nlohmann::json> events{};
    std::vector<std::string> log{}; // "PATCH status"
    // Asked first: what it gives is the answer.
    std::function<std::optional<kube::kube_answer>(const kube::kube_request&)> fault{};
    std::function<void()> before_patch{};
    vmcp::cancellation* last_control = nullptr;
    bool stopped = false;

    awaitable<kube::kube_answer> ask(kube::kube_request request) override {
        const auto kind = kind_of(request.target);
        log.push_back(request.method + " " + kind);
        if (fault)
            if (auto made = fault(request))
                co_return *std::move(made);
        if (kind == "lease")
            co_return lease_answer(request);
        if (kind == "events")
            co_return event_answer(request);
        co_return server_answer(request);
    }
    awaitable<kube::kube_answer> stream(kube::kube_request, std::chrono::milliseconds,
                                        std::function<bool(std::string_view)>) override {
        co_return kube::kube_answer{.status = 501};
    }
    void stop() override { stopped = true; }
    [[nodiscard]] const std::string& name_space() const noexcept override { return name_space_; }

    [[nodiscard]] long count(const std::string& line) const { return std::ranges::count(log, line); }
    [[nodiscard]] const nlohmann::json& status() const { return server["status"]; }
    // Somebody else writes.
    void touch() { server["metadata"]["resourceVersion"] = std::to_string(++version_); }

private:
    static std::string kind_of(const std::string& target) {
        if (target.find("/leases") != std::string::npos)
            return "lease";
        if (target.find("/events") != std::string::npos)
            return "events";
        return target.ends_with("/status") ? "status" : "server";
    }
    static kube::kube_answer refused(unsigned status) {
        return {.status = status, .body = R"({"kind":"Status","message":"no"})"};
    }

    kube::kube_answer server_answer(const kube::kube_request& request) {
        if (request.method == "GET")
            return {.status = 200, .body = server.dump()};
        if (before_patch)
            before_patch();
        const auto patch = nlohmann::json::parse(request.body);
        if (patch["metadata"]["resourceVersion"] != server["metadata"]["resourceVersion"])
            return refused(409);
        server["status"].merge_patch(patch["status"]);
        touch();
        return {.status = 200, .body = server.dump()};
    }
    kube::kube_answer lease_answer(const kube::kube_request& request) {
        if (request.method == "GET")
            return lease ? kube::kube_answer{.status = 200, .body = lease->dump()} : refused(404);
        auto next = nlohmann::json::parse(request.body);
        const bool creates = request.method == "POST";
        if (creates
                ? lease.has_value()
                : !lease || next["metadata"]["resourceVersion"] != (*lease)["metadata"]["resourceVersion"])
            return refused(409);
        next["metadata"]["resourceVersion"] = std::to_string(++version_);
        lease = std::move(next);
        return {.status = 200, .body = lease->dump()};
    }
    kube::kube_answer event_answer(const kube::kube_request& request) {
        events.push_back(nlohmann::json::parse(request.body));
        return {.status = 201, .body = request.body};
    }

    const std::string name_space_ = "tools";
    int version_ = 1;
};

} // namespace vmcp::test
