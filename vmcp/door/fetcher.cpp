#include "vmcp/door/fetcher.hpp"

#include "auth/ssrf_guard.hpp"
#include "transport/http/client_exchange.hpp"
#include "transport/net/connection.hpp"

#include <algorithm>
#include <vector>

namespace vmcp {
namespace {

namespace ip = boost::asio::ip;
using auth::fetch_result;
using std::chrono::milliseconds;

bool may_dial(const ip::address& to, bool allow_private) {
    const auto kind =
        to.is_v4() ? auth::kind_of(to.to_v4().to_bytes()) : auth::kind_of(to.to_v6().to_bytes());
    return auth::may_connect(kind, allow_private);
}

fetch_result failed(std::string why) {
    fetch_result out;
    out.error = std::move(why);
    return out;
}

milliseconds left_of(steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return std::max(left, milliseconds(1));
}

std::string explain(const transport::connect_failure& why, const fetcher_settings& settings) {
    auto out = describe(why);
    if (why.step == transport::connect_step::forbidden && !settings.allow_private)
        out.append("; see ").append(settings.allowing_key); // short: the log cuts it off
    return out;
}

class one_connection_each final : public fetcher {
public:
    one_connection_each(const fetcher_settings& settings, std::shared_ptr<boost::asio::ssl::context> tls)
        : settings_(settings)
        , tls_(std::move(tls)) {}

    awaitable<fetch_result> fetch(document_request request) override {
        const auto deadline = steady_clock::now() + settings_.limit;
        const auto url = parse_url(request.url);
        if (!url)
            co_return failed(url.error().detail);
        const transport::target to{.url = *url,
                                   .tls = url->tls ? tls_ : nullptr,
                                   .may_dial = [allow = settings_.allow_private](const ip::address& one) {
                                       return may_dial(one, allow);
                                   }};
        auto made = co_await transport::connect(transport::worker::current(), to, settings_.limit);
        if (!made)
            co_return failed(explain(made.error(), settings_));
        (*made)->expires_in(left_of(deadline));
        co_return co_await ask(**made, to.url, request);
    }

private:
    static awaitable<fetch_result> ask(transport::connection& over, const url& to,
                                       const document_request& request) {
        transport::client_exchange exchange(over);
        std::vector<transport::header_field> fields{{"Accept", request.accept}};
        if (request.post && !request.post->authorization.empty())
            fields.push_back({"Authorization", request.post->authorization});
        for (const auto& [name, value] : request.fields)
            fields.push_back({name, value});
        const gather body(request.post ? std::string_view(request.post->body) : std::string_view());
        const auto sent = co_await exchange.send({.method = request.post ? "POST" : "GET",
                                                  .url = &to,
                                                  .content_type = request.content_type,
                                                  .fields = fields,
                                                  .body = request.post ? &body : nullptr});
        if (!sent)
            co_return failed(sent.error().detail);
        fetch_result out;
        out.cache_control = exchange.field("Cache-Control");
        out.location = exchange.field("Location");
        out.www_authenticate = exchange.all_of("WWW-Authenticate");
        while (exchange.has_body()) {
            const auto piece = co_await exchange.some();
            if (!piece)
                co_return failed(piece.error().detail);
            if (piece->empty())
                break;
            out.truncated = out.body.size() + piece->size() > auth::max_document;
            if (out.truncated)
                break;
            out.body.append(*piece);
        }
        out.status = exchange.status();
        co_return out;
    }

    const fetcher_settings settings_;
    std::shared_ptr<boost::asio::ssl::context> tls_;
};

} // namespace

result<std::shared_ptr<fetcher>> make_fetcher(const fetcher_settings& settings) {
    auto tls = transport::client_tls(settings.ca_bundle);
    if (!tls)
        return tls.error();
    return std::shared_ptr<fetcher>(std::make_shared<one_connection_each>(settings, std::move(*tls)));
}

} // namespace vmcp
