#include "transport/mcp/back/backend_questions.hpp"

#include "transport/mcp/back/backend_message.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/memory_ledger.hpp"

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
                                     std::function<void()> answered) {
    std::string raw_id(question.id.raw);
    router_.add_question(raw_id, asked);
    std::shared_ptr<backend_questions> self(this, [whole = whole_.shared_from_this()](backend_questions*) {});
    worker::current().spawn(
        [](std::shared_ptr<backend_questions> of, std::shared_ptr<vmcp::pending_ask> waiting, std::string id,
           std::function<void()> over) -> asio::awaitable<void> {
            const std::shared_ptr<void> at_end(nullptr, [&over](void*) { over(); });
            co_await of->relay_answer(std::move(waiting), std::move(id));
        }(std::move(self), std::move(asked), std::move(raw_id), std::move(answered)),
        "carrying a client's answer");
}

asio::awaitable<void> backend_questions::relay_answer(std::shared_ptr<vmcp::pending_ask> asked,
                                                      std::string raw_id) {
    asked->on_progress([whole = std::weak_ptr(whole_.shared_from_this()), this](std::string progress) {
        if (const auto alive = whole.lock())
            messages_.send(std::move(progress));
    });
    auto given = co_await asked->answer(steady_clock::now() + context_.ask_timeout.load());
    // As it came, and under the backend's id.
    vmcp::memory_claim held(worker::current().memory(), vmcp::memory_class::asks);
    if (given && !held.cover(2 * given->size()))
        given = vmcp::fail(errc::no_memory, "the client's answer is too large right now (limits.memory)");
    router_.remove_question(raw_id);
    // The backend took its question back: it expects no answer.
    if (!given && given.error().code == errc::cancelled)
        co_return;
    const auto in = state_.ready();
    if (!in)
        co_return;
    if (const auto sent = co_await messages_.post(answer_text(given, raw_id), *in); !sent)
        vmcp::log::debug("backend {}: the client's answer was not taken: {}", context_.name(),
                         sent.error().message());
}

void backend_questions::refuse(const vmcp::message& question, const vmcp::failure& why) {
    messages_.send(vmcp::error_message(question.id.raw, why));
}

void backend_questions::answer_here(const vmcp::message& question) {
    if (question.method == "ping")
        messages_.send(vmcp::result_message(question.id.raw, "{}"));
    else if (!as_.of_gateway)
        refuse(question,
               vmcp::fail(errc::client_gone, "it belongs to no call of a client that is under way"));
    else if (question.method == "roots/list" &&
             as_.client_capabilities.find("\"roots\"") != std::string::npos)
        messages_.send(vmcp::result_message(question.id.raw, R"({"roots":[]})")); // the gateway has none
    else
        refuse(question, vmcp::fail(errc::method_not_found, std::string(question.method)));
}

} // namespace transport
