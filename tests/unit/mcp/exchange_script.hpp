// Drives an exchange_machine by hand and in virtual time: each step is an input in words, and gives the action that the
// machine asks for, in words.
#pragma once

#include "transport/mcp/back/exchange_machine.hpp"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace transport::test {

using namespace std::chrono_literals;

inline const steady_clock::time_point origin{std::chrono::hours{100}};

// A tools/call of a client with a session, which asked for progress.
inline exchange_terms plain_call() {
    return {.method = "tools/call",
            .has_client = true,
            .timeout = 30s,
            .deadline = origin + 30s,
            .max_body = 1000};
}
inline exchange_terms repeatable_call() {
    auto out = plain_call();
    out.method = "prompts/get";
    out.repeatable = true;
    return out;
}

inline std::string response_to(std::string_view id, std::string_view result = "{}") {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}
inline std::string error_to(std::string_view id, int code, std::string_view text) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"{}"}}}})", id, code, text);
}
inline std::string progress_of(std::string_view token) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        token);
}
inline std::string log_line() {
    return R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})";
}
inline std::string question(std::string_view id, std::string_view method = "elicitation/create") {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{}}}})", id, method);
}
inline std::string event(std::string_view data, std::string_view id = {}) {
    return id.empty() ? fmt::format("data: {}\n\n", data) : fmt::format("id: {}\ndata: {}\n\n", id, data);
}

class exchange_script {
public:
    explicit exchange_script(exchange_terms terms = plain_call()) : machine_(terms) {
        said_ = show(machine_.start());
    }

    // The action that is asked for, such as "connect fresh" or "finish backend_timeout abandoned".
    [[nodiscard]] const std::string& action() const noexcept { return said_; }

    [[nodiscard]] const exchange_action& last() const noexcept { return last_; }

    // One input; see the cases. Gives the next action.
    const std::string& tell(std::string_view input, std::string text = {}) {
        said_ = show(give(input, std::move(text)));
        return said_;
    }
    // Several; gives the action after the last.
    const std::string& tell_all(const std::vector<std::string>& inputs) {
        for (const auto& input : inputs)
            tell(input);
        return said_;
    }

    // Up to the reading of an answer: "read_head". `on`: "connected" or "reused".
    exchange_script& send(std::string_view on = "reused") {
        tell_all({"session", "begun", "authorized", std::string(on), "sent"});
        return *this;
    }
    // ... and into its event stream: "read_some".
    exchange_script& stream() {
        send().tell("head 200 sse");
        return *this;
    }
    // A whole answer to what was sent: the action after the connection was given back.
    const std::string& answer(unsigned status, std::string_view type, std::string text) {
        tell(fmt::format("head {} {}", status, type));
        tell("body", std::move(text));
        return tell("kept");
    }

    void pass(milliseconds time) { now_ += time; }
    [[nodiscard]] steady_clock::time_point now() const noexcept { return now_; }
    [[nodiscard]] exchange_machine& machine() noexcept { return machine_; }
    [[nodiscard]] const exchange_outcome& outcome() const noexcept { return machine_.outcome(); }
    // The request's id in its present attempt.
    [[nodiscard]] std::string id() const { return std::to_string(id_); }

    std::vector<std::string> secrets{};

private:
    static constexpr std::string_view address = "host:1";

    exchange_action give(std::string_view input, std::string text) {
        const auto word = input.substr(0, input.find(' '));
        const auto rest = word.size() < input.size() ? input.substr(word.size() + 1) : std::string_view();
        if (word == "session")
            return machine_.session_ready(rest != "without id");
        if (word == "no_session")
            return machine_.session_failed(vmcp::fail(vmcp::errc::backend_unavailable, "down"),
                                           {.address = "of it"});
        if (word == "begun")
            return machine_.begun(++id_);
        if (word == "authorized")
            return machine_.authorized(secrets);
        if (word == "unauthorized")
            return machine_.unauthorized(vmcp::fail(vmcp::errc::backend_unauthorized, "no token"));
        if (word == "renewed")
            return machine_.renewed(rest == "yes");
        if (word == "connected" || word == "reused")
            return machine_.connected(word == "reused");
        if (word == "unreachable" || word == "connect_timeout")
            return machine_.connect_failed({.ec = boost::asio::error::connection_refused,
                                            .timed_out = word == "connect_timeout",
                                            .address = std::string(address)},
                                           now_);
        if (word == "sent")
            return machine_.sent();
        if (word == "head")
            return head(rest);
        return give_more(word, rest, std::move(text));
    }

    exchange_action give_more(std::string_view word, std::string_view rest, std::string text) {
        if (word == "body") {
            texts_.push_back(std::make_unique<std::string>(std::move(text)));
            return machine_.body(*texts_.back(), address, now_);
        }
        if (word == "bytes") {
            texts_.push_back(std::make_unique<std::string>(std::move(text)));
            return machine_.some(*texts_.back(), address, now_);
        }
        if (word == "end")
            return machine_.some({}, address, now_);
        if (word == "broken")
            return machine_.broken({errors().at(std::string(rest)), "it broke"}, address, now_);
        if (word == "kept")
            return machine_.kept();
        if (word == "replied")
            return machine_.replied();
        if (word == "delivered")
            return machine_.delivered(now_);
        if (word == "asked" || word == "not_asked")
            return machine_.asked(word == "asked", now_);
        if (word == "rested")
            return machine_.rested(now_);
        if (word == "cancelled")
            return machine_.cancelled();
        if (word == "expired")
            return machine_.expired("late", address);
        if (word == "elsewhere")
            return machine_.elsewhere(std::move(text), now_);
        throw std::logic_error("no such input");
    }

    exchange_action head(std::string_view rest) {
        static const std::map<std::string, std::string, std::less<>> types{
            {"json", "application/json"}, {"sse", "text/event-stream"}, {"html", "text/html"}, {"none", ""}};
        // "STATUS TYPE", and then how its body ends or where it redirects to, if that can be followed.
        const auto status = std::stoul(std::string(rest.substr(0, 3)));
        const auto type = rest.substr(4, rest.find(' ', 4) - 4); // to the end, where there is no more
        const auto more = rest.substr(std::min(rest.size(), 5 + type.size()));
        return machine_.head({.status = static_cast<unsigned>(status),
                              .content_type = types.find(type)->second,
                              .location = "http://else.where/mcp",
                              .session_id = "given",
                              .moved_to = more == "framed" ? std::string_view() : more,
                              .sure_end = more == "framed"});
    }

    static const std::map<std::string, exchange_error>& errors() {
        static const std::map<std::string, exchange_error> all{
            {"not_sent", exchange_error::not_sent},   {"write_failed", exchange_error::write_failed},
            {"closed", exchange_error::closed},       {"truncated", exchange_error::truncated},
            {"timeout", exchange_error::timeout},     {"malformed", exchange_error::malformed},
            {"too_large", exchange_error::too_large}, {"cancelled", exchange_error::cancelled}};
        return all;
    }

    std::string show(const exchange_action& action) {
        last_ = action;
        std::string out(action.distrust ? "distrust, " : "");
        out += name_of(action.what);
        if (action.what == exchange_action::kind::deliver)
            out += fmt::format(" {}", name_of(action.how));
        if (action.what == exchange_action::kind::rest || action.what == exchange_action::kind::listen)
            out += fmt::format(" {}", std::chrono::duration_cast<milliseconds>(action.until - now_).count());
        if (action.fresh)
            out += " fresh";
        if (action.what == exchange_action::kind::finish) {
            const auto& end = machine_.outcome();
            out += end.why ? fmt::format(" {}", vmcp::row_of(end.why->code).name) : " ok";
            if (end.abandoned)
                out += " abandoned";
        }
        if (action.lost)
            out += " lost";
        return out;
    }

    exchange_machine machine_;
    steady_clock::time_point now_ = origin;
    std::uint64_t id_ = 0;
    std::vector<std::unique_ptr<std::string>> texts_{};
    std::string said_{};
    exchange_action last_{};
};

} // namespace transport::test
