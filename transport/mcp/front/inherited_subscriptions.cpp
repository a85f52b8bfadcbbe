#include "transport/mcp/front/inherited_subscriptions.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/model/reply.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace transport {
namespace {

constexpr std::chrono::seconds most_time_to_tell{30};

// Of a request of the gateway's own, whose answer no client waits for.
struct unheard final : vmcp::reply_sink {
    vmcp::awaitable<void> notify(const vmcp::gather&) override { co_return; }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return vmcp::fail(vmcp::errc::capability_missing, std::string(question.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply&) override { co_return; }
    vmcp::awaitable<void> fail(const vmcp::failure& why) override {
        vmcp::log::info("a subscription made through another replica is not renewed here: {}", why.message());
        co_return;
    }
};

// One after the other: they may be many, and nobody waits.
vmcp::awaitable<void> tell(vmcp::service& core, std::shared_ptr<vmcp::live_session> session,
                           vmcp::call_terms terms) {
    terms.deadline = vmcp::steady_clock::now() + most_time_to_tell;
    for (const auto& one : session->take_inherited()) {
        const auto text = vmcp::request_message("1", "resources/subscribe",
                                                fmt::format(R"({{"uri":{}}})", vmcp::quoted(one.exposed)));
        const auto m = vmcp::read_message(text);
        const auto call = std::make_shared<vmcp::call>(*m, terms, co_await boost::asio::this_coro::executor);
        unheard nobody;
        co_await core.handle(call, nobody);
    }
}

} // namespace

inherited_subscriptions::inherited_subscriptions(vmcp::service& core, worker& home,
                                                 std::shared_ptr<vmcp::live_session> session,
                                                 vmcp::call_terms terms)
    : session_(std::move(session)) {
    session_->when_inherited(
        [&core, &home, whose = std::weak_ptr(session_), terms = std::move(terms)]() mutable {
            auto session_now = whose.lock();
            if (!session_now)
                return;
            auto own = terms;
            own.session = session_now;
            home.spawn(tell(core, std::move(session_now), std::move(own)),
                       "subscriptions made through another replica");
        });
}

inherited_subscriptions::~inherited_subscriptions() {
    session_->when_inherited(nullptr);
}

} // namespace transport
