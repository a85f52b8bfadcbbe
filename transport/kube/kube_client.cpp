#include "transport/kube/kube_client.hpp"

#include "transport/http/client_exchange.hpp"
#include "transport/http/connection_pool.hpp"
#include "transport/kube/bearer_token.hpp"
#include "transport/kube/client_context.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/file_text.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace kube {
namespace {

using transport::connection;
using transport::exchange_error;
using transport::exchange_failure;
using vmcp::awaitable;
using vmcp::steady_clock;
using connection_ptr = std::unique_ptr<connection>;

constexpr std::size_t most_of_refusal = 64 * 1024; // bytes of the body of an answer that is none of success

milliseconds left_of(steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return std::max(left, milliseconds(1));
}

kube_answer failed(std::string why) {
    kube_answer out;
    out.error = std::move(why);
    return out;
}

kube_answer failed(const exchange_failure& why) {
    auto out = failed(why.detail);
    out.too_large = why.error == exchange_error::too_large;
    out.timed_out = why.error == exchange_error::timeout;
    return out;
}

std::optional<std::chrono::seconds> retry_after(std::string_view value) {
    unsigned seconds = 0;
    const auto* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, seconds);
    if (read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return std::chrono::seconds(std::min(seconds, 60U));
}

// A peer that is gone without a word is noticed after a minute, though nothing is expected to come for many.
void keep_alive(connection& over) {
    const auto handle = over.stream().socket().native_handle();
    const auto set = [handle](int level, int name, int value) {
        ::setsockopt(handle, level, name, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

class one_server final : public kube_client {
public:
    one_server(cluster_access access, vmcp::url base, std::shared_ptr<boost::asio::ssl::context> tls)
        : access_(std::move(access))
        , base_(std::move(base))
        , prefix_(base_.target.ends_with('/') ? base_.target.substr(0, base_.target.size() - 1)
                                              : base_.target)
        , tls_(std::move(tls))
        , token_(access_.token, access_.token_path, [](const std::string& path) {
            return vmcp::read_file(path, vmcp::pipes::refused, bearer_token::largest);
        }) {}

    awaitable<kube_answer> ask(kube_request request) override {
        const auto read = [this, &request](exchanging& over) { return whole_answer(over, request); };
        co_return co_await twice_at_most(request, read);
    }

    awaitable<kube_answer> stream(kube_request request, milliseconds idle,
                                  std::function<bool(std::string_view)> piece) override {
        const auto read = [&](exchanging& over) { return pieces(over, idle, piece); };
        co_return co_await twice_at_most(request, read);
    }

    void stop() override {
        stopped_ = true;
        idle_.clear();
    }

    [[nodiscard]] const std::string& name_space() const noexcept override { return access_.name_space; }

private:
    struct exchanging {
        connection_ptr carrier{};
        std::unique_ptr<transport::client_exchange> exchange{};
    };

    // With the other token, if there is one.
    template <class Read>
    awaitable<kube_answer> twice_at_most(const kube_request& request, const Read& read) {
        const auto deadline = steady_clock::now() + request.limit;
        const auto first = token_.field(steady_clock::now());
        if (!first)
            co_return failed(first.error().message());
        auto answer = co_await once(request, *first, deadline, read);
        if (answer.status != 401 || !token_.refused(*first, steady_clock::now()))
            co_return answer;
        const auto second = token_.field(steady_clock::now());
        co_return co_await once(request, second ? *second : *first, deadline, read);
    }

    // A connection that had idled may have been closed at this very moment. A request that changes nothing is then sent again.
    template <class Read>
    awaitable<kube_answer> once(const kube_request& request, const std::string& authorization,
                                steady_clock::time_point deadline, const Read& read) {
        if (auto idle = idle_.take()) {
            exchanging over{.carrier = std::move(idle)};
            auto sent = co_await begin(over, request, authorization, deadline);
            const bool lost = !sent && sent.error().error != exchange_error::timeout &&
                              sent.error().error != exchange_error::cancelled;
            if (!lost || request.method != "GET")
                co_return sent ? co_await finish(over, request, read) : failed(sent.error());
        }
        std::string why;
        exchanging over{.carrier = co_await connect(request, deadline, why)};
        if (!over.carrier)
            co_return failed(std::move(why));
        const auto sent = co_await begin(over, request, authorization, deadline);
        co_return sent ? co_await finish(over, request, read) : failed(sent.error());
    }

    template <class Read>
    awaitable<kube_answer> finish(exchanging& over, const kube_request& request, const Read& read) {
        const vmcp::cancellation::scope cancellable(request.control, [&over] {
            if (over.carrier)
                over.carrier->stream().close();
        });
        co_return co_await read(over);
    }

    awaitable<transport::exchange_result<void>> begin(exchanging& over, const kube_request& request,
                                                      const std::string& authorization,
                                                      steady_clock::time_point deadline) {
        const vmcp::cancellation::scope cancellable(request.control, [&over] {
            if (over.carrier)
                over.carrier->stream().close();
        });
        over.carrier->state = transport::guarded::phase::busy;
        over.carrier->expires_in(left_of(deadline));
        over.exchange = std::make_unique<transport::client_exchange>(*over.carrier);
        std::vector<transport::header_field> fields{{"Accept", json_type}};
        if (!authorization.empty())
            fields.push_back({"Authorization", authorization});
        const auto target = prefix_ + request.target;
        const vmcp::gather body{std::string_view(request.body)};
        co_return co_await over.exchange->send({.method = request.method,
                                                .url = &base_,
                                                .target = target,
                                                .content_type = request.content_type,
                                                .fields = fields,
                                                .body = request.body.empty() ? nullptr : &body});
    }

    awaitable<connection_ptr> connect(const kube_request& request, steady_clock::time_point deadline,
                                      std::string& why) {
        for (bool again = false;; again = true) {
            const transport::target to{.url = base_, .tls = tls_};
            auto made = co_await transport::connect(transport::worker::current(), to, left_of(deadline),
                                                    request.control);
            if (made) {
                keep_alive(**made);
                co_return std::move(*made);
            }
            why = transport::describe(made.error());
            if (again || made.error().step != transport::connect_step::tls || !read_authority_again())
                co_return nullptr;
        }
    }

    // Whether there is another one now.
    bool read_authority_again() {
        if (access_.ca_path.empty())
            return false;
        auto text = vmcp::read_file(access_.ca_path, vmcp::pipes::refused);
        if (!text || *text == access_.ca)
            return false;
        auto next = access_;
        next.ca = *std::move(text);
        auto made = client_context(next);
        if (!made)
            return false;
        access_ = std::move(next);
        tls_ = std::move(*made);
        return true;
    }

    static kube_answer head_of(const transport::client_exchange& exchange) {
        kube_answer out;
        out.status = exchange.status();
        out.retry_after = retry_after(exchange.field("Retry-After"));
        return out;
    }

    awaitable<kube_answer> whole_answer(exchanging& over, const kube_request& request) {
        auto out = head_of(*over.exchange);
        if (over.exchange->has_body())
            if (const auto read = co_await over.exchange->body(out.body, request.most); !read)
                co_return failed(read.error());
        if (const auto idle = over.exchange->reusable_for(); idle && !stopped_) {
            over.exchange.reset();
            idle_.give(std::move(over.carrier), *idle);
        }
        co_return out;
    }

    awaitable<kube_answer> pieces(exchanging& over, milliseconds idle,
                                  const std::function<bool(std::string_view)>& piece) {
        auto out = head_of(*over.exchange);
        if (!out.ok()) {
            if (over.exchange->has_body())
                (void)co_await over.exchange->body(out.body, most_of_refusal);
            co_return out;
        }
        if (!piece({}))
            co_return out;
        while (over.exchange->has_body()) {
            over.carrier->expires_in(idle);
            const auto read = co_await over.exchange->some();
            if (!read) {
                out.error = read.error().detail;
                out.timed_out = read.error().error == exchange_error::timeout;
                co_return out;
            }
            if (read->empty() || !piece(*read))
                break;
        }
        co_return out;
    }

    cluster_access access_;
    const vmcp::url base_;
    const std::string prefix_; // of every target
    std::shared_ptr<boost::asio::ssl::context> tls_;
    bearer_token token_;
    transport::connection_pool idle_{};
    bool stopped_ = false;
};

// The API server's own words (the Status object of its answers), where it has any.
std::string words_of(const std::string& body) {
    if (body.size() > most_of_refusal || !vmcp::json_valid(body))
        return {};
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    if (parsed.is_object())
        if (const auto message = parsed.find("message"); message != parsed.end() && message->is_string())
            return message->get<std::string>();
    return {};
}

} // namespace

std::string explain(const kube_answer& answer) {
    constexpr std::size_t longest = 280;
    if (answer.status == 0)
        return vmcp::excerpt_of(answer.error, {}, longest);
    const auto words = answer.ok() ? answer.error : words_of(answer.body);
    return fmt::format("HTTP {}{}{}", answer.status, words.empty() ? "" : ": ",
                       vmcp::excerpt_of(words, {}, longest));
}

awaitable<kube_answer> kube_client::get(std::string target, vmcp::cancellation* control) {
    co_return co_await ask({.target = std::move(target), .control = control});
}

awaitable<kube_answer> kube_client::post(std::string target, std::string body, vmcp::cancellation* control) {
    co_return co_await ask(
        {.method = "POST", .target = std::move(target), .body = std::move(body), .control = control});
}

awaitable<kube_answer> kube_client::put(std::string target, std::string body, vmcp::cancellation* control) {
    co_return co_await ask(
        {.method = "PUT", .target = std::move(target), .body = std::move(body), .control = control});
}

awaitable<kube_answer> kube_client::patch(std::string target, std::string body, std::string_view content_type,
                                          vmcp::cancellation* control) {
    co_return co_await ask({.method = "PATCH",
                            .target = std::move(target),
                            .body = std::move(body),
                            .content_type = content_type,
                            .control = control});
}

vmcp::result<std::shared_ptr<kube_client>> make_kube_client(cluster_access access) {
    auto base = vmcp::parse_url(access.server);
    if (!base)
        return vmcp::fail(vmcp::errc::config,
                          fmt::format("the cluster's API server: {}", base.error().detail));
    std::shared_ptr<boost::asio::ssl::context> tls;
    if (base->tls) {
        auto made = client_context(access);
        if (!made)
            return made.error();
        tls = std::move(*made);
    }
    return std::shared_ptr<kube_client>(
        std::make_shared<one_server>(std::move(access), *std::move(base), std::move(tls)));
}

} // namespace kube
