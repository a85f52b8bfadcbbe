#include "vmcp/telemetry/otlp_request.hpp"

#include "transport/http/client_exchange.hpp"
#include "transport/net/connection.hpp"
#include "transport/net/target.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/waiting.hpp"

#include <algorithm>

namespace vmcp {
namespace {

using std::chrono::milliseconds;

export_answer failed(std::string why) {
    return {.problem = std::move(why)};
}

// What a collector that took only a part says (ExportTracePartialSuccess), or the words of one that refuses.
std::string words_of(unsigned status, const std::string& body) {
    if (status != 200)
        return excerpt_of(body);
    const auto partial = json_optional(body, "partialSuccess", 32).raw;
    const auto said = json_optional(partial, "errorMessage", 32);
    return said.kind == json_kind::string ? excerpt_of(unquoted(said.raw).value_or("")) : std::string();
}

awaitable<export_answer> ask(transport::connection& over, const collector_target& target,
                             const std::string& text) {
    constexpr std::size_t most = std::size_t{64} * 1024;
    transport::client_exchange exchange(over);
    std::vector<transport::header_field> fields{{"Accept", "application/json"}};
    for (const auto& [name, value] : target.headers)
        fields.push_back({name, value});
    const gather body{std::string_view(text)};
    const auto sent = co_await exchange.send({.url = &target.to, .fields = fields, .body = &body});
    if (!sent)
        co_return failed(sent.error().detail);
    export_answer out{.status = exchange.status(), .retry_after = std::string(exchange.field("Retry-After"))};
    std::string answer;
    while (exchange.has_body() && answer.size() < most) {
        const auto piece = co_await exchange.some();
        if (!piece || piece->empty())
            break; // the status has come: it says enough
        answer.append(piece->substr(0, most - answer.size()));
    }
    out.problem = words_of(out.status, answer);
    co_return out;
}

} // namespace

result<collector_target> make_collector_target(const std::string& url, const std::string& ca_bundle,
                                               std::vector<std::pair<std::string, std::string>> headers,
                                               milliseconds timeout) {
    auto to = parse_url(url);
    if (!to)
        return to.error();
    collector_target out{.to = std::move(*to), .headers = std::move(headers), .timeout = timeout};
    if (!out.to.tls)
        return out;
    auto tls = transport::client_tls(ca_bundle);
    if (!tls)
        return tls.error();
    out.tls = std::move(*tls);
    return out;
}

awaitable<export_answer> send_otlp(std::shared_ptr<const collector_target> target, std::string body) {
    const auto deadline = steady_clock::now() + target->timeout;
    const transport::target to{.url = target->to, .tls = target->tls};
    auto made = co_await transport::connect(transport::worker::current(), to, target->timeout);
    if (!made)
        co_return failed(describe(made.error()));
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    (*made)->expires_in(std::max(left, milliseconds(1)));
    co_return co_await ask(**made, *target, body);
}

} // namespace vmcp
