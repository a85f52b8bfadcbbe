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
    credential_ptr with;
    auto what = request.view();
    what.timeout = terms.timeout;
    what.cancellation = terms.cancellation;
    what.met = terms.met;
    what.sent_with = &with;
    own_sink answer;
    const auto done = co_await backend_call::run(*in, what, answer);
    if (terms.sent_with != nullptr)
        *terms.sent_with = with;
    if (!done)
        co_return done.error();
    std::string words;
    auto result = answer.result_of(method, *with, words);
    if (!result && terms.met != nullptr)
        *terms.met = {.words = std::move(words)};
    co_return result;
}

} // namespace transport
