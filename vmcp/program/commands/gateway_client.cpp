#include "vmcp/program/commands/gateway_client.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/config/secrets_of.hpp"
#include "vmcp/config/text_rules.hpp"
#include "vmcp/config/value_text.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>

namespace vmcp {

using std::chrono::milliseconds;
using transport::established;

namespace {

// Whoever runs a command is the judge of the gateway.
class no_guard final : public transport::backend_guard {
public:
    result<permit> admit() override { return permit{}; }
    void ended(const permit&, const failure*) override {}
    void lists_changed() override {}
    void reinitialized() override {}
};

constexpr std::size_t max_answer = std::size_t{256} << 20;
constexpr std::size_t max_pages = 10'000;
constexpr milliseconds connect_limit{5'000};

result<header_list> parse_headers(const std::vector<std::string>& texts) {
    header_list out;
    for (const auto& text : texts) {
        const auto colon = text.find(':');
        const auto name = text.substr(0, colon);
        auto value = colon == std::string::npos ? std::string() : text.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        if (const auto why = rules::injected_header.problem(name))
            return fail(errc::config, fmt::format("--header: the name: {}", *why));
        if (const auto why = rules::header_value.problem(value))
            return fail(errc::config, fmt::format("--header {}: the value: {}", name, *why));
        out.emplace_back(name, std::move(value));
    }
    return out;
}

// Appends the raw elements of the array `member` of `page`.
bool append_elements(std::vector<std::string>& out, std::string_view page, std::string_view member) {
    const auto array = json_member(page, member, 1000);
    json_cursor at(array.raw, 1000);
    if (array.kind != json_kind::array || !at.enter_array())
        return false;
    for (bool done = false; at.next_element(done) && !done;) {
        json_slice element;
        if (!at.value(element))
            return false;
        out.emplace_back(element.raw);
    }
    return !at.failed();
}

constexpr std::string_view request_id_field = "X-Request-Id";

// The user's own, else a new one, which is added.
std::string request_id_among(header_list& headers) {
    for (const auto& [key, value] : headers)
        if (iequals(key, request_id_field))
            return value;
    std::random_device dice;
    headers.emplace_back(request_id_field, fmt::format("cli-{:08x}{:08x}", dice(), dice()));
    return headers.back().second;
}

} // namespace

void add_client_options(CLI::App& command, client_options& options) {
    command.add_option("--url", options.url, "The gateway's MCP endpoint")
        ->envname("VMCP_URL")
        ->type_name("URL")
        ->capture_default_str();
    command
        .add_option("-H,--header", options.headers,
                    "A header for every request, as \"Name: value\"; repeatable")
        ->envname("VMCP_HEADER")
        ->type_name("HEADER")
        ->take_all()
        ->allow_extra_args(false);
    command
        .add_option("--ca-bundle", options.ca_bundle_path,
                    "PEM file of the authorities to trust for https; without it those of the system")
        ->envname("VMCP_CA_BUNDLE")
        ->type_name("FILE");
    command
        .add_option("--timeout", options.timeout,
                    "How long to wait for an answer, such as 500ms, 30s, 5m; progress starts it anew")
        ->envname("VMCP_TIMEOUT")
        ->type_name("DURATION")
        ->capture_default_str();
}

result<client_setup> read_client_options(const client_options& options) {
    client_setup setup;
    const auto where = parse_url(options.url);
    if (!where)
        return fail(errc::config, fmt::format("--url: {}", where.error().detail));
    const auto timeout = parse_duration(options.timeout);
    if (!timeout || *timeout <= milliseconds(0))
        return fail(errc::config, "--timeout: must be a duration such as 500ms, 30s or 5m");
    auto headers = parse_headers(options.headers);
    if (!headers)
        return headers.error();
    setup.request_id = request_id_among(*headers);
    auto& as_backend = setup.as_backend;
    as_backend.name = "gateway";
    as_backend.url = options.url;
    if (!options.ca_bundle_path.empty()) {
        auto text = system_sources().read_file(options.ca_bundle_path);
        if (!text)
            return fail(errc::config,
                        fmt::format("--ca-bundle {}: {}", options.ca_bundle_path, text.error().detail));
        as_backend.ca_bundle = std::move(*text);
    }
    auto secrets = secrets_in_url(options.url);
    for (const auto& [name, value] : *headers) {
        if (iequals(name, request_id_field))
            continue; // no secret: the person is to read it
        as_backend.headers[name] = value;
        secrets.push_back(value);
    }
    know_secrets(secrets);
    setup.headers = std::move(*headers);
    setup.target.url = *where;
    if (where->tls) {
        auto context = transport::client_tls(as_backend.ca_bundle);
        if (!context)
            return context.error();
        setup.target.tls = std::move(*context);
    }
    setup.timeout = *timeout;
    return setup;
}

namespace {

// Who sits at the command line reads what the gateway said.
failure told(failure why, const transport::call_facts& facts) {
    if (!facts.words.empty())
        why.detail.append(": ").append(facts.words);
    return why;
}

} // namespace

gateway_client::gateway_client(client_setup setup) : setup_(std::move(setup)) {
    const auto context = std::make_shared<transport::backend_context>();
    auto shown = auth::configured_credential(setup_.as_backend);
    shown.fields.emplace_back(request_id_field, setup_.request_id);
    context->credentials = std::make_shared<auth::static_credentials>(std::move(shown));
    context->connections =
        std::make_shared<transport::backend_connections>(setup_.as_backend, setup_.target, std::size_t{1});
    context->guard = std::make_shared<no_guard>();
    context->max_body = max_answer;
    context->ask_timeout = setup_.timeout;
    context->expose_uri = [](client_session&, const std::string& uri) { return uri; };
    session_ = std::make_shared<transport::http_session>(context, "{}", latest_version, nullptr, nullptr);
}

boost::asio::awaitable<result<std::shared_ptr<const established>>> gateway_client::open() {
    // Backends are given time to come back; a person who mistyped the port wants to know at once.
    const auto limit = std::min(setup_.timeout, connect_limit);
    if (const auto reached = co_await transport::connect(transport::worker::current(), setup_.target, limit);
        !reached)
        co_return fail(reached.error().timed_out ? errc::backend_timeout : errc::backend_unavailable,
                       describe(reached.error()));
    auto session = co_await session_->ensure(steady_clock::now() + setup_.timeout);
    if (!session)
        co_return told(session.error(), session_->refusal());
    co_return session;
}

boost::asio::awaitable<result<std::vector<std::string>>> gateway_client::list(std::string_view method,
                                                                              std::string_view member) {
    std::vector<std::string> all;
    std::set<std::string> seen;
    std::string params = "{}";
    for (std::size_t page = 0; page < max_pages; ++page) {
        transport::call_facts facts;
        const auto answer =
            co_await session_->fetch(method, params, {.timeout = setup_.timeout, .met = &facts});
        if (!answer)
            co_return told(answer.error(), facts);
        if (!append_elements(all, *answer, member))
            co_return fail(errc::backend_protocol,
                           fmt::format("the answer to {} has no list \"{}\"", method, member));
        const auto next = json_member(*answer, "nextCursor", 1000);
        if (next.empty() || next.kind != json_kind::string)
            co_return all;
        if (!seen.emplace(next.raw).second)
            break;
        params = fmt::format(R"({{"cursor":{}}})", next.raw);
    }
    co_return fail(errc::backend_protocol, fmt::format("the pages of {} do not end", method));
}

boost::asio::awaitable<result<void>> gateway_client::request(const std::string& message, reply_sink& out,
                                                             cancellation* control) {
    const auto parsed = read_message(message, 1000);
    if (!parsed)
        co_return parsed.error();
    transport::call_facts facts;
    const transport::backend_request request{.message = message,
                                             .id = parsed->id.raw,
                                             .progress_token = parsed->param.meta_token.raw,
                                             .method = parsed->method,
                                             .cancellation = control,
                                             .timeout = setup_.timeout,
                                             .met = &facts};
    const auto done = co_await session_->request(request, out);
    if (!done)
        co_return told(done.error(), facts);
    co_return done;
}

boost::asio::awaitable<void> gateway_client::close() {
    // Not http_session::close(): that says goodbye in the background, and the process would not wait for it.
    const auto session = co_await session_->ensure(steady_clock::now());
    if (!session || (*session)->session_id.empty())
        co_return;
    auto headers = setup_.headers;
    headers.emplace_back("Mcp-Session-Id", (*session)->session_id);
    headers.emplace_back("MCP-Protocol-Version", text_of((*session)->version));
    static_cast<void>(co_await http_request_once("DELETE", setup_.target, headers, milliseconds(1'000)));
}

} // namespace vmcp
