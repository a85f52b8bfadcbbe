#include "transport/mcp/back/backend_connections.hpp"

#include "transport/net/guarded_pause.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/base/shortage.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <algorithm>
#include <iterator>

namespace transport {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::int64_t now_ms() {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// The next pause is longer.
asio::awaitable<void> rest(guarded_pause& between, milliseconds& pause) {
    co_await between.until(steady_clock::now() + pause);
    pause = std::min(pause * 2, milliseconds(200));
}

} // namespace

vmcp::result<std::shared_ptr<backend_connections>>
backend_connections::make(const vmcp::backend_config& config, std::size_t workers) {
    auto url = vmcp::parse_url(config.url);
    if (!url)
        return url.error();
    transport::target to{*url, nullptr};
    if (url->tls) {
        auto context = client_tls(config.ca_bundle);
        if (!context)
            return context.error();
        to.tls = *context;
    }
    return std::make_shared<backend_connections>(config, std::move(to), workers);
}

backend_connections::backend_connections(const vmcp::backend_config& config, transport::target to,
                                         std::size_t workers)
    : config_(config)
    , target_(std::move(to))
    , pools_(workers) {
    const auto keep = [this](std::string_view value) {
        std::ranges::move(vmcp::secret_forms(value), std::back_inserter(secrets_));
    };
    for (const auto& [name, value] : config_.headers)
        keep(value);
    keep(config_.auth.header_value);
    for (const auto& value : vmcp::secrets_in_url(config_.url))
        keep(value);
}

std::unique_ptr<connection> backend_connections::take_idle(std::string_view credential_key) {
    auto& pool = pools_[worker::current().index()];
    auto idle = pool.take(credential_key);
    while (idle && idle->epoch != epoch_.load(std::memory_order_relaxed))
        idle = pool.take(credential_key);
    return idle;
}

asio::awaitable<backend_connections::made_connection>
backend_connections::take(std::string_view credential_key, steady_clock::time_point deadline,
                          vmcp::cancellation* control) {
    if (auto idle = take_idle(credential_key))
        co_return idle;
    co_return co_await make_new(credential_key, deadline, control);
}

asio::awaitable<backend_connections::made_connection>
backend_connections::make_new(std::string_view credential_key, steady_clock::time_point deadline,
                              vmcp::cancellation* control) {
    auto& home = worker::current();
    guarded_pause between(home);
    const vmcp::cancellation::scope cancellable(control, [&between] { between.cancel(); });
    const auto began = steady_clock::now();
    milliseconds pause{20};
    for (;;) {
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
        const auto epoch = epoch_.load(std::memory_order_relaxed);
        auto made = co_await connect(home, target_, std::max(left, milliseconds(1)), control);
        if (made) {
            (*made)->epoch = epoch;
            (*made)->key = credential_key;
            unreachable_since_.store(0, std::memory_order_relaxed);
            co_return made;
        }
        if (control != nullptr && control->cancelled())
            co_return made;
        if (const auto own = vmcp::shortage_of(made.error().ec);
            own && made.error().step != connect_step::tls) {
            // Others may give something back in a moment. It tells nothing about the backend.
            if (between.was_cut() || steady_clock::now() - began >= reconnect_patience ||
                steady_clock::now() + pause >= deadline)
                co_return made;
            co_await rest(between, pause);
            continue;
        }
        std::int64_t since = 0;
        if (unreachable_since_.compare_exchange_strong(since, now_ms(), std::memory_order_relaxed))
            since = now_ms();
        // A name that is not found or a certificate that is wrong will still be so in a moment.
        const bool passing = made.error().step == connect_step::connect;
        if (!passing || between.was_cut() || now_ms() - since >= reconnect_patience.count() ||
            steady_clock::now() + pause >= deadline)
            co_return made;
        co_await rest(between, pause);
    }
}

void backend_connections::give(std::unique_ptr<connection> used, client_exchange& exchange) {
    const bool trusted = used->epoch == epoch_.load(std::memory_order_relaxed);
    if (const auto idle = exchange.reusable_for(); idle && trusted && !retired_.load())
        pools_[worker::current().index()].give(std::move(used), *idle);
}

void backend_connections::clear_pool() {
    pools_[worker::current().index()].clear();
}

} // namespace transport
