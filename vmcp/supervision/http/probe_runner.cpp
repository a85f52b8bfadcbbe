#include "vmcp/supervision/http/probe_runner.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/url.hpp"

#include "health/evidence.hpp"
#include "transport/http/accept.hpp"
#include "transport/http/client_exchange.hpp"
#include "transport/http/redirect.hpp"
#include "transport/net/connection.hpp"
#include "transport/sse/sse_decoder.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <optional>

namespace vmcp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using health::probe_action;
using health::probe_answer;
using health::stage;
using health::steady_time;
using transport::read_end;

class runner final : public probe_runner {
public:
    runner(transport::worker& home, std::shared_ptr<const probe_target> to, health::probe_memory memory,
           health::probe_kind kind)
        : home_(home)
        , to_(std::move(to))
        , name_(home.names())
        , timer_(home.context())
        , machine_(to_->options, std::move(memory), kind) {}

    asio::awaitable<health::probe_result> run(steady_time deadline) override {
        const auto self = shared_from_this();
        auto action = machine_.start(std::chrono::steady_clock::now(), deadline);
        while (action.what != probe_action::kind::finish) {
            arm(action.until);
            auto next = co_await perform(action);
            disarm();
            if (action.what == probe_action::kind::send)
                asked_ = now();
            else if (action.what == probe_action::kind::read)
                asked_.reset();
            action = std::move(next);
        }
        asked_.reset();
        close();
        co_return machine_.result();
    }

    void cancel() override {
        cancelled_ = true;
        stop_io();
    }

    std::optional<steady_time> asking_since() const override { return asked_; }

private:
    static steady_time now() { return std::chrono::steady_clock::now(); }

    // One timer for the action under way: when it fires first, the action is stopped and its handler sees
    // why.
    void arm(steady_time until) {
        expired_ = false;
        timer_.expires_at(until);
        timer_.async_wait([weak = weak_from_this(), this, round = ++round_](error_code ec) {
            const auto alive = weak.lock();
            if (!alive || ec || round != round_)
                return;
            expired_ = true;
            stop_io();
        });
    }

    void disarm() {
        ++round_;
        timer_.cancel();
    }

    void stop_io() {
        name_.cancel();
        if (link_)
            link_->stream().close();
    }

    void close() {
        http_.reset();
        events_.reset();
        link_.reset();
    }

    asio::awaitable<probe_action> perform(const probe_action& action) {
        switch (action.what) {
        case probe_action::kind::resolve:
            return resolve();
        case probe_action::kind::connect:
            return connect(action.peer);
        case probe_action::kind::handshake:
            return handshake();
        case probe_action::kind::send:
            return send(action.request);
        case probe_action::kind::read:
            return read();
        case probe_action::kind::drain:
            return drain();
        case probe_action::kind::finish:
            break;
        }
        return drain();
    }

    // What ended the action before it was done.
    probe_action stopped(const error_code& ec, stage where) {
        if (cancelled_)
            return machine_.cancelled(now());
        if (expired_)
            return machine_.expired(now());
        return machine_.failed(health::evidence_of(ec ? ec : error_code(asio::error::eof), where), now());
    }

    asio::awaitable<probe_action> resolve() {
        std::vector<std::string> addresses;
        error_code ec;
        const auto& url = to_->target.url;
        const auto literal = asio::ip::make_address(url.host, ec);
        if (!ec) {
            addresses.push_back(text_of(tcp::endpoint(literal, url.port)));
        } else {
            const auto found = co_await name_.run(url.host, url.port);
            if (found.ec || expired_ || cancelled_)
                co_return stopped(found.ec, stage::resolve);
            for (const auto& endpoint : found.endpoints)
                addresses.push_back(text_of(endpoint));
        }
        co_return machine_.resolved(std::move(addresses), now());
    }

    static std::string text_of(const tcp::endpoint& at) {
        return host_and_port(at.address().to_string(), at.port());
    }

    static tcp::endpoint endpoint_of(const std::string& peer) {
        const auto colon = peer.rfind(':');
        std::string host = peer.substr(0, colon);
        if (host.starts_with('['))
            host = host.substr(1, host.size() - 2);
        error_code ignored;
        return {asio::ip::make_address(host, ignored),
                static_cast<std::uint16_t>(std::stoul(peer.substr(colon + 1)))};
    }

    asio::awaitable<probe_action> connect(const std::string& peer) {
        close();
        link_ = std::make_unique<transport::connection>(home_, tcp::socket(home_.context()));
        error_code ec;
        const auto endpoint = endpoint_of(peer);
        co_await link_->stream().socket().async_connect(endpoint,
                                                        asio::redirect_error(asio::use_awaitable, ec));
        ec = transport::judged(ec, endpoint);
        if (ec || expired_ || cancelled_)
            co_return stopped(ec, stage::connect);
        error_code ignored;
        link_->stream().socket().set_option(tcp::no_delay(true), ignored);
        co_return machine_.done(now());
    }

    asio::awaitable<probe_action> handshake() {
        const auto ec = co_await link_->stream().tls_client(*to_->target.tls, to_->target.url.host);
        if (ec || expired_ || cancelled_)
            co_return stopped(ec, stage::handshake);
        co_return machine_.done(now());
    }

    std::vector<std::pair<std::string, std::string>>
    signed_fields(const health::probe_request& request) const {
        if (!to_->signer)
            return {};
        const std::string_view body = request.body;
        signable_request sent{.method = request.verb,
                              .authority = to_->target.url.authority,
                              .target = request.target.empty() ? std::string_view(to_->target.url.target)
                                                               : std::string_view(request.target)};
        if (!body.empty()) {
            sent.content_type = "application/json";
            sent.body = {&body, 1};
        }
        return to_->signer->sign(sent);
    }

    asio::awaitable<probe_action> send(const health::probe_request& request) {
        std::vector<transport::header_field> fields{{"Accept", "application/json, text/event-stream"}};
        const auto add = [&](std::string_view name, const std::string& value) {
            if (!value.empty())
                fields.push_back({name, value});
        };
        add("Mcp-Session-Id", request.session_id);
        add("MCP-Protocol-Version", request.protocol_version);
        add("Mcp-Method", request.mcp_method);
        for (const auto& [name, value] : to_->headers)
            fields.push_back({name, value});
        const auto signature = signed_fields(request);
        for (const auto& [name, value] : signature)
            fields.push_back({name, value});
        const vmcp::gather body(request.body);
        http_.reset();
        http_.emplace(*link_);
        events_.reset();
        const auto written = co_await http_->write({.method = request.verb,
                                                    .url = &to_->target.url,
                                                    .target = request.target,
                                                    .fields = fields,
                                                    .body = request.body.empty() ? nullptr : &body});
        asked_for_ = request.target;
        if (!written && written.error().error == transport::exchange_error::not_sent) {
            auto problem = health::evidence_of(error_code(asio::error::invalid_argument), stage::exchange);
            problem.detail = written.error().detail;
            co_return machine_.failed(problem, now());
        }
        if (!written || expired_ || cancelled_)
            co_return stopped(written ? error_code() : written.error().ec, stage::exchange);
        co_return machine_.done(now());
    }

    static error_code error_of(read_end end) {
        switch (end) {
        case read_end::closed:
        case read_end::truncated:
        case read_end::ok:
            return asio::error::eof;
        case read_end::aborted:
            return asio::error::operation_aborted;
        case read_end::too_large:
        case read_end::no_memory:
        case read_end::malformed:
        case read_end::io_error:
            break;
        }
        return asio::error::connection_reset;
    }

    probe_action unreadable(read_end end) {
        if (end != read_end::malformed && end != read_end::too_large)
            return stopped(error_of(end), stage::exchange);
        health::evidence problem{.what = health::finding::wrong_protocol};
        if (end == read_end::too_large) {
            problem.detail = "the answer's head is too large";
        } else {
            problem.detail = http_->refusal();
            if (const auto bytes = http_->unread(); !bytes.empty())
                problem.detail += ": " + vmcp::excerpt_of(bytes, to_->options.secrets, 80);
        }
        return machine_.failed(problem, now());
    }

    asio::awaitable<probe_action> read() {
        if (events_)
            co_return co_await next_event();
        do {
            if (const auto end = co_await http_->read_head(); end != read_end::ok)
                co_return unreadable(end);
        } while (http_->is_interim());
        answer_ = {};
        answer_.status = http_->status();
        answer_.content_type = http_->field("Content-Type");
        answer_.session_id = http_->field("Mcp-Session-Id");
        answer_.location = http_->field("Location");
        answer_.moved_to =
            transport::redirect_target(answer_.status, to_->target.url, asked_for_, answer_.location);
        answer_.keep_alive = http_->keep_alive();
        if (answer_.status >= 200 && answer_.status < 300 &&
            transport::is_event_stream(answer_.content_type)) {
            events_.emplace(health::max_probe_body);
            co_return co_await next_event();
        }
        std::string_view piece;
        do {
            const auto end = co_await http_->read_some(piece);
            if (end != read_end::ok)
                co_return unreadable(end);
            answer_.body.append(piece.substr(0, health::max_probe_body - answer_.body.size()));
            answer_.truncated = answer_.body.size() >= health::max_probe_body;
        } while (!piece.empty() && !answer_.truncated);
        co_return machine_.answered(answer_, now());
    }

    // Nothing: it is no message.
    std::optional<probe_action> take_event() {
        if (!events_->event().is_message())
            return std::nullopt;
        answer_.body = events_->take_data();
        answer_.more = true;
        return machine_.answered(answer_, now());
    }

    asio::awaitable<probe_action> next_event() {
        for (;;) {
            while (events_->next() == transport::sse_step::event)
                if (auto next = take_event())
                    co_return *std::move(next);
            answer_.body.clear();
            answer_.truncated = events_->failed();
            std::string_view piece;
            const auto end = events_->failed() ? read_end::ok : co_await http_->read_some(piece);
            if (end != read_end::ok)
                co_return unreadable(end);
            if (piece.empty()) {
                if (!events_->failed() && http_->has_sure_end() &&
                    events_->finish() == transport::sse_step::event)
                    if (auto next = take_event())
                        co_return *std::move(next);
                answer_.more = false;
                co_return machine_.answered(answer_, now());
            }
            events_->feed(piece);
        }
    }

    asio::awaitable<probe_action> drain() {
        std::string_view piece;
        for (std::size_t total = 0; http_ && http_->has_body() && total < health::max_probe_body;
             total += piece.size())
            if (const auto end = co_await http_->read_some(piece); end != read_end::ok)
                co_return stopped(error_of(end), stage::exchange);
        co_return machine_.done(now());
    }

    transport::worker& home_;
    std::shared_ptr<const probe_target> to_;
    transport::name_lookup name_;
    asio::steady_timer timer_;
    health::probe_machine machine_;
    std::unique_ptr<transport::connection> link_{};
    std::optional<transport::client_exchange> http_{};
    std::string asked_for_{}; // the target of the request, where it is not the URL's
    std::optional<transport::sse_decoder> events_{};
    probe_answer answer_{};
    std::optional<steady_time> asked_{};
    std::uint64_t round_ = 0;
    bool expired_ = false;
    bool cancelled_ = false;
};

} // namespace

std::shared_ptr<probe_runner> make_probe_runner(transport::worker& home,
                                                std::shared_ptr<const probe_target> to,
                                                health::probe_memory memory, health::probe_kind kind) {
    return std::make_shared<runner>(home, std::move(to), std::move(memory), kind);
}

} // namespace vmcp
