#include "transport/mcp/back/backend_questions.hpp"

#include "transport/mcp/back/backend_message.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/memory_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::steady_clock;

namespace {

// The client's answer under the backend's id, or the error that takes its place.
std::string answer_text(const vmcp::result<std::string>& given, std::string_view raw_id) {
    const auto answer =
        given ? vmcp::read_message(*given, backend_json_depth) : vmcp::result<vmcp::message>(given.error());
    if (!answer)
        return vmcp::error_message(raw_id, answer.error());
    vmcp::splice own(answer->whole);
    own.replace(answer->id.raw, raw_id);
    vmcp::leave_out(own, answer->surplus);
    return own.pieces().str();
}

} // namespace

void backend_questions::carry_answer(const vmcp::message& question, std::shared_ptr<vmcp::pending_ask> asked,
                                     on_answered answered) {
    std::string raw_id(question.id.raw);
    router_.add_question(raw_id, asked);
    std::shared_ptr<backend_questions> self(this, [whole = whole_.shared_from_this()](backend_questions*) {});
    worker::current().spawn(
        [](std::shared_ptr<backend_questions> questions, std::shared_ptr<vmcp::pending_ask> waiting,
           std::string id, on_answered over) -> asio::awaitable<void> {
            call_limit::place place;
            const std::shared_ptr<void> at_end(nullptr, [&](void*) { over(std::move(place)); });
            place = co_await questions->relay_answer(std::move(waiting), std::move(id));
        }(std::move(self), std::move(asked), std::move(raw_id), std::move(answered)),
        "carrying a client's answer");
}

asio::awaitable<call_limit::place> backend_questions::relay_answer(std::shared_ptr<vmcp::pending_ask> asked,
                                                                   std::string raw_id) {
    constexpr std::chrono::seconds least_patience{30};
    const auto until = steady_clock::now() + context_.ask_timeout.load();
    asked->on_progress(
        [whole = std::weak_ptr(whole_.shared_from_this()), this, raw_id](std::string progress) {
            if (const auto alive = whole.lock())
                messages_.send_newest("progress " + raw_id, std::move(progress));
        });
    auto given = co_await asked->answer(until);
    // As it came, and under the backend's id.
    vmcp::memory_claim held(worker::current().memory(), vmcp::memory_class::asks);
    if (given && !held.cover(2 * given->size()))
        given = vmcp::fail(errc::no_memory, "the client's answer is too large right now (limits.memory)");
    router_.remove_question(raw_id);
    // The backend took its question back: it expects no answer.
    if (!given && given.error().code == errc::cancelled)
        co_return call_limit::place();
    // What the backend works on with the answer is the call, which has given its place back: this is its next one.
    auto place = co_await context_.places->enter(std::max(until, steady_clock::now() + least_patience),
                                                 nullptr, call_limit::use::answer);
    const auto in = state_.ready();
    if (!in || !place)
        co_return call_limit::place();
    if (const auto sent = co_await messages_.post(answer_text(given, raw_id), *in); !sent)
        vmcp::log::debug("backend {}: the client's answer was not taken: {}", context_.name(),
                         sent.error().message());
    co_return *std::move(place);
}

void backend_questions::refuse(const vmcp::message& question, const vmcp::failure& why,
                               on_answered answered) {
    messages_.reply(vmcp::error_message(question.id.raw, why), std::move(answered));
}

void backend_questions::answer_here(const vmcp::message& question, on_answered answered) {
    if (question.method == "ping")
        messages_.reply(vmcp::result_message(question.id.raw, "{}"), std::move(answered));
    else if (!as_.has_no_client())
        refuse(question, vmcp::fail(errc::client_gone, "it belongs to no call of a client that is under way"),
               std::move(answered));
    else if (question.method == "roots/list" &&
             as_.client_capabilities.find("\"roots\"") != std::string::npos)
        messages_.reply(vmcp::result_message(question.id.raw, R"({"roots":[]})"),
                        std::move(answered)); // the gateway has none
    else
        refuse(question, vmcp::fail(errc::method_not_found, std::string(question.method)),
               std::move(answered));
}

} // namespace transport
