// demo_server: the methods of MCP behind the transport.
#include "vmcp/program/demo/demo_server.hpp"

#include "vmcp/base/json_text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

namespace vmcp {

namespace asio = transport::asio;

namespace {

// Progress of one tool call, on the stream of its request where there is one.
class run_on_stream final : public demo_run {
public:
    run_on_stream(std::shared_ptr<cancellation> control, std::shared_ptr<transport::client_stream> stream,
                  std::string_view token)
        : control_(std::move(control))
        , stream_(std::move(stream))
        , token_(token) {}

    asio::awaitable<bool> step(unsigned done, unsigned total, std::string text,
                               std::chrono::milliseconds pause) override {
        if (stream_ && !token_.empty())
            stream_->send(notification_message(
                "notifications/progress",
                fmt::format(R"({{"progressToken":{},"progress":{},"total":{},"message":{}}})", token_, done,
                            total, vmcp::quoted(text))));
        asio::steady_timer timer(transport::worker::current().context(), pause);
        const cancellation::scope cancellable(control_.get(), [&timer] { timer.cancel(); });
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return !control_->cancelled();
    }

private:
    std::shared_ptr<cancellation> control_;
    std::shared_ptr<transport::client_stream> stream_;
    std::string token_;
};

} // namespace

demo_json demo_server::params_of(const message& m) {
    auto params = m.params.empty() ? demo_json::object() : demo_json::parse(m.params.raw, nullptr, false);
    return params.is_object() ? params : demo_json::object();
}

asio::awaitable<std::string> demo_server::answer(message m, session_ptr session,
                                                 std::shared_ptr<transport::client_stream> stream) {
    const auto params = params_of(m);
    auto outcome = m.method == "tools/call" ? co_await call_tool(m, params, session, stream)
                                            : dispatch(m.method, params, *session);
    if (outcome)
        co_return result_message(m.id.raw, *outcome);
    co_return outcome.error().code == errc::cancelled ? std::string()
                                                      : error_message(m.id.raw, outcome.error());
}

asio::awaitable<demo_result> demo_server::call_tool(const message& m, const demo_json& params,
                                                    session_ptr session,
                                                    std::shared_ptr<transport::client_stream> stream) {
    const std::string id(m.id.raw);
    const auto control = std::make_shared<cancellation>(transport::worker::current().executor());
    session->running[id] = control;
    run_on_stream run(control, std::move(stream), m.param.meta_token.raw);
    const auto given = params.find("arguments");
    auto outcome = co_await content_->call(text_argument(params, "name"),
                                           given == params.end() ? demo_json::object() : *given, run);
    session->running.erase(id);
    co_return outcome;
}

demo_result demo_server::dispatch(std::string_view method, const demo_json& params, demo_session& session) {
    if (method == "ping")
        return "{}";
    if (method == "tools/list")
        return json_text({{"tools", content_->tools()}});
    if (method == "resources/list")
        return json_text({{"resources", content_->resources()}});
    if (method == "resources/templates/list")
        return json_text({{"resourceTemplates", content_->templates()}});
    if (method == "resources/read")
        return content_->read(text_argument(params, "uri"));
    if (method == "resources/subscribe" || method == "resources/unsubscribe") {
        if (const auto there = content_->read(text_argument(params, "uri")); !there)
            return there.error();
        if (method == "resources/subscribe")
            session.subscriptions.insert(text_argument(params, "uri"));
        else
            session.subscriptions.erase(text_argument(params, "uri"));
        return "{}";
    }
    if (method == "prompts/list")
        return json_text({{"prompts", content_->prompts()}});
    if (method == "prompts/get")
        return content_->prompt(text_argument(params, "name"),
                                params.value("arguments", demo_json::object()));
    if (method == "completion/complete")
        return complete(params);
    if (method == "logging/setLevel")
        return set_level(params, session);
    return fail(errc::method_not_found, std::string(method));
}

demo_result demo_server::complete(const demo_json& params) const {
    const auto argument = params.value("argument", demo_json::object());
    auto values = content_->complete(params.value("ref", demo_json::object()),
                                     text_argument(argument, "name"), text_argument(argument, "value"));
    return json_text({{"completion", {{"values", std::move(values)}, {"hasMore", false}}}});
}

demo_result demo_server::set_level(const demo_json& params, demo_session& session) {
    const auto level = parse_log_level(text_argument(params, "level"));
    if (!level)
        return fail(errc::invalid_params,
                    "level must be one of debug, info, notice, warning, error, critical, alert, emergency");
    session.level = *level;
    return "{}";
}

void demo_server::take_notification(const message& m, demo_session& session) {
    if (m.method != "notifications/cancelled")
        return;
    if (const auto it = session.running.find(std::string(m.param.request_id.raw));
        it != session.running.end())
        it->second->cancel({});
}

void demo_server::announce(std::string_view method, const demo_json& params) {
    const auto text = notification_message(method, params.is_null() ? "" : json_text(params));
    const auto level =
        parse_log_level(method == "notifications/message" ? text_argument(params, "level") : "");
    const auto uri = method == "notifications/resources/updated" ? text_argument(params, "uri") : "";
    for (const auto& [id, session] : sessions_) {
        const bool wanted = level          ? session->level != log_level::unset && *level >= session->level
                            : !uri.empty() ? session->subscriptions.contains(uri)
                                           : true;
        if (wanted)
            session->streams->send(text);
    }
}

} // namespace vmcp
