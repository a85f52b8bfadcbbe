// How long Cedar policies take: prints figures in microseconds as one JSON object. A list is what tools/list does for it: the
// view of the caller's class, and its first page. "Cold" is the first list, or the first call of a tool, of a caller
// under policies that were just loaded; "warm" is any later one.
#include "auth/cedar/cedar_admission.hpp"
#include "auth/cedar/cedar_rules.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/service/catalog_views.hpp"
#include "vmcp/service/things.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;

constexpr int tools = 500;
constexpr int cold_rounds = 20;
constexpr int warm_rounds = 100'000;

vmcp::config settings() {
    vmcp::config out;
    out.name = "hub";
    out.authz.cedar = true;
    out.authz.policies = {
        R"(permit(principal in THVGroup::"dev", action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };)",
        R"(forbid(principal, action, resource) unless { context has claim_level && context.claim_level > 1 };)"};
    for (std::size_t i = out.authz.policies.size(); i < 20; ++i)
        out.authz.policies.push_back(fmt::format(
            R"(permit(principal == Client::"u{0}", action == Action::"call_tool", resource == Tool::"tool_{0}");)",
            i));
    out.backends.emplace_back().name = "backend";
    return out;
}

// Every third tool changes something, and is not for this caller.
std::shared_ptr<const vmcp::catalog> five_hundred_tools(const vmcp::config& settings) {
    vmcp::backend_lists lists;
    lists.backend = "backend";
    for (int i = 0; i < tools; ++i) {
        const auto name = fmt::format("tool_number_{}", i);
        lists.tools.push_back(
            {name,
             fmt::format(
                 R"({{"name":{},"description":"A tool","inputSchema":{{"type":"object"}},"annotations":{{"readOnlyHint":{}}}}})",
                 vmcp::quoted(name), i % 3 != 0)});
    }
    return vmcp::merge(settings, {lists});
}

std::shared_ptr<const vmcp::caller> alice() {
    return std::make_shared<const vmcp::caller>(
        vmcp::caller{.who = {.issuer = "https://issuer.example", .subject = "alice"},
                     .claims = R"({"sub":"alice","groups":["dev","ops"],"level":3,"scope":"a b","iat":1})"});
}

double microseconds_since(std::chrono::steady_clock::time_point start, int times) {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
           times;
}

struct figures {
    double list_cold = 0, list_warm = 0, call_cold = 0, call_warm = 0;
    std::size_t bytes = 0; // of pages; so that nothing is left out as unused
};

asio::awaitable<std::size_t> list(vmcp::catalog_views& views, const std::shared_ptr<const vmcp::caller>& who,
                                  vmcp::admission& policy) {
    const auto view = co_await views.view_for(who, policy);
    std::string made;
    co_return view->list(vmcp::list_kind::tools).page("", made).value().size();
}

asio::awaitable<void> measure(figures& out) {
    using clock = std::chrono::steady_clock;
    const auto config = settings();
    const auto rules = auth::make_rules(config).value;
    const auto catalog = five_hundred_tools(config);
    const auto who = alice();
    const auto all = vmcp::things_of(*catalog, vmcp::list_kind::tools);
    for (int round = 0; round < cold_rounds; ++round) {
        auth::cedar_admission policy(rules);
        vmcp::catalog_views views(catalog);
        auto start = clock::now();
        out.bytes += co_await list(views, who, policy);
        out.list_cold += microseconds_since(start, cold_rounds);
        start = clock::now();
        for (const auto& tool : all)
            out.bytes += co_await policy.decide(*who, vmcp::use::call, tool) ? 1 : 0;
        out.call_cold += microseconds_since(start, tools) / cold_rounds;
    }
    auth::cedar_admission policy(rules);
    vmcp::catalog_views views(catalog);
    out.bytes += co_await list(views, who, policy);
    auto start = clock::now();
    for (int i = 0; i < warm_rounds; ++i)
        out.bytes += co_await list(views, who, policy);
    out.list_warm = microseconds_since(start, warm_rounds);
    start = clock::now();
    for (int i = 0; i < warm_rounds; ++i)
        out.bytes += co_await policy.decide(*who, vmcp::use::call, all[1]) ? 1 : 0;
    out.call_warm = microseconds_since(start, warm_rounds);
}

} // namespace

int main() {
    try {
        asio::io_context context;
        figures found;
        std::exception_ptr failed;
        asio::co_spawn(context, measure(found), [&failed](std::exception_ptr e) { failed = std::move(e); });
        context.run();
        if (failed)
            std::rethrow_exception(failed);
        fmt::print(
            R"({{"tools":{},"policies":20,"list_cold_us":{:.1f},"list_warm_us":{:.3f},"call_cold_us":{:.2f},"call_warm_us":{:.3f},"bytes":{}}})"
            "\n",
            tools, found.list_cold, found.list_warm, found.call_cold, found.call_warm, found.bytes);
        return 0;
    } catch (const std::exception& e) {
        fmt::print(stderr, "vmcp_policies: {}\n", e.what());
        return 1;
    }
}
