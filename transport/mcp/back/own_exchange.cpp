#include "transport/mcp/back/own_exchange.hpp"

#include "transport/mcp/back/backend_call.hpp"
#include "transport/mcp/back/own_request.hpp"
#include "transport/mcp/back/session_core.hpp"

#include <string>
#include <utility>

namespace transport {

vmcp::awaitable<vmcp::result<std::string>>
exchange_own(std::shared_ptr<session_core> in, std::string_view method, std::string params, own_terms terms) {
    const own_request request(method, params);
    credential_ptr credential;
    auto view = request.view();
    view.timeout = terms.timeout;
    view.cancellation = terms.cancellation;
    view.met = terms.met;
    view.sent_with = &credential;
    own_sink answer;
    const auto done = co_await backend_call::run(*in, view, answer);
    if (terms.sent_with != nullptr)
        *terms.sent_with = credential;
    if (!done)
        co_return done.error();
    std::string words;
    auto result = answer.result_of(method, *credential, words);
    if (!result && terms.met != nullptr)
        *terms.met = {.words = std::move(words)};
    co_return result;
}

} // namespace transport
