// Requests that the gateway makes for itself, and what becomes of their answers.
#pragma once

#include "transport/mcp/back/backend_request.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/reply.hpp"
#include "vmcp/model/version.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace transport {

// A JSON-RPC request of the gateway's own: it changes nothing at the backend, or may be repeated all the same.
class own_request {
public:
    // `method` must live as long as this; `params` is raw JSON or empty.
    own_request(std::string_view method, std::string_view params)
        : text_(vmcp::request_message(id, method, params))
        , method_(method) {}

    // Good while this lives.
    [[nodiscard]] backend_request view() const {
        const auto at = text_.find(prefix) + prefix.size();
        return {.message = text_,
                .id = std::string_view(text_).substr(at, id.size()),
                .method = method_,
                .repeatable = true};
    }

private:
    static constexpr std::string_view id = "0";
    static constexpr std::string_view prefix = R"("id":)";
    std::string text_;
    std::string_view method_;
};

[[nodiscard]] inline std::string level_params(vmcp::log_level level) {
    return std::string(R"({"level":")")
        .append(vmcp::log_level_texts[static_cast<std::size_t>(level)])
        .append("\"}");
}

// Keeps the response, refuses questions, drops the rest.
class own_sink final : public vmcp::reply_sink {
public:
    vmcp::awaitable<void> notify(const vmcp::gather&) override { co_return; }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return vmcp::fail(vmcp::errc::capability_missing, std::string(question.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply& given) override {
        memory_.cover_anyway(given.whole.size()); // it was let in when it was read
        answer_ = vmcp::kept_reply(given);
        co_return;
    }
    vmcp::awaitable<void> fail(const vmcp::failure&) override { co_return; }

    // The `result` of the response, or its error as a failure, with the peer's words apart. `credential` is the one that the
    // request was sent with. Once.
    [[nodiscard]] vmcp::result<std::string>
    result_of(std::string_view method, const vmcp::credential& credential, std::string& words) {
        const auto given = answer_.view();
        if (given.kind != vmcp::answer_kind::error)
            return std::move(answer_).take_body();
        words = vmcp::excerpt_of(given.body, credential.secrets);
        return vmcp::fail(vmcp::errc::backend_protocol,
                          std::string(method).append(" was answered with an error"));
    }

    // Of the answer to a ping: also an error of the application proves that the session is known, unless it is about that.
    [[nodiscard]] bool shows_living_session() const {
        const auto given = answer_.view();
        return given.kind != vmcp::answer_kind::error ||
               !(vmcp::json_member(given.body, "code").raw == "-32001" ||
                 vmcp::icontains(given.body, "session") || vmcp::icontains(given.body, "not initialized"));
    }

    // The raw `result` or error of the response.
    [[nodiscard]] std::string_view text() const { return answer_.view().body; }

private:
    vmcp::memory_claim memory_{worker::current().memory(), vmcp::memory_class::catalog};
    vmcp::kept_reply answer_{};
};

} // namespace transport
