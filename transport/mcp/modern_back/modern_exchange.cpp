#include "transport/mcp/modern_back/modern_exchange.hpp"

#include "transport/net/guarded_pause.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_object.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace transport {

using vmcp::errc;

// ---- what comes back in one round

class modern_exchange::round_sink final : public vmcp::reply_sink {
public:
    enum class kept : std::uint8_t { nothing, input, header_mismatch, refusal, doubt };

    round_sink(modern_exchange& exchange, vmcp::reply_sink& out) : exchange_(exchange), out_(out) {}

    vmcp::awaitable<void> notify(const vmcp::gather& message) override { return out_.notify(message); }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return vmcp::fail(errc::method_not_found, std::string(question.method));
    }
    vmcp::awaitable<void> fail(const vmcp::failure& why) override { return out_.fail(why); }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override {
        if (answer.kind == vmcp::answer_kind::error)
            co_await failed(answer);
        else if (is_input_required(answer.type))
            keep(kept::input, answer);
        else if (!answer.type.empty() && answer.type != R"("complete")")
            problem = vmcp::fail(errc::backend_protocol, "its result is of a type that nobody asked for");
        else
            co_await succeeded(answer);
    }

    kept what = kept::nothing;
    unsigned status = 0;
    std::optional<vmcp::failure> problem{};
    vmcp::kept_reply held{};

private:
    void keep(kept as, const vmcp::reply& given) {
        what = as;
        exchange_.held_.cover_anyway(given.text().size()); // it was let in when it was read
        held = vmcp::kept_reply(given);
    }

    vmcp::awaitable<void> failed(const vmcp::reply& given) {
        const auto code = vmcp::json_member(given.body, "code", backend_json_depth).raw;
        const bool modern_client = exchange_.call().terms().spoken == vmcp::era::modern;
        if (code == "-32020") {
            keep(kept::header_mismatch, given);
        } else if (doubts_revision(status, code)) {
            keep(kept::doubt, given);
        } else if (code == "-32021" && !modern_client) {
            keep(kept::refusal, given);
        } else if (const auto gone = exchange_.call().request().method == "resources/read"
                                         ? not_found_error(given.body)
                                         : std::string();
                   !gone.empty()) {
            vmcp::reply as_known{.kind = given.kind, .body = gone};
            co_await out_.done(as_known);
        } else {
            co_await out_.done(given);
        }
    }

    vmcp::awaitable<void> succeeded(const vmcp::reply& given) {
        if (exchange_.call().terms().spoken == vmcp::era::modern) {
            co_await out_.done(given);
            co_return;
        }
        std::string mended;
        const bool cacheable = exchange_.call().request().method == "resources/read";
        co_await out_.done(without_stateless_members(given, cacheable, mended));
    }

    modern_exchange& exchange_;
    vmcp::reply_sink& out_;
};

// ---- rounds

vmcp::awaitable<vmcp::result<modern_end>> modern_exchange::run(const modern_exchange_terms& terms,
                                                               const vmcp::outgoing& sent,
                                                               vmcp::reply_sink& out,
                                                               vmcp::kept_reply& doubtful) {
    modern_exchange self(terms, sent, out);
    bool refreshed = false;
    for (unsigned number = 1;; ++number) {
        round_sink answer(self, out);
        const auto done = co_await self.send(answer);
        if (!done)
            co_return done.error();
        if (answer.problem)
            co_return *answer.problem;
        using kept = round_sink::kept;
        switch (answer.what) {
        case kept::nothing:
            co_return modern_end::answered;
        case kept::refusal:
            co_return self.refused(answer.held.body());
        case kept::doubt:
            doubtful = std::move(answer.held);
            co_return modern_end::doubted;
        case kept::header_mismatch:
            // The tool may have another schema by now.
            if (std::exchange(refreshed, true) || !terms.refreshed)
                co_return self.refused(answer.held.body());
            self.mirrored_ = co_await terms.refreshed();
            continue;
        case kept::input:
            break;
        }
        if (const auto next = co_await self.next_round(answer.held.body(), number); !next)
            co_return co_await self.give_up(next.error());
    }
}

vmcp::awaitable<vmcp::result<void>> modern_exchange::send(round_sink& answer) {
    const auto& m = call().request();
    const auto& terms = call().terms();
    const auto id = terms_.ids.fetch_add(1) + 1;
    const auto raw_id = std::to_string(id);
    backend_span span(&call(), terms_.context.name(), terms_.context.connections->target().url);
    const modern_request text(m, {.raw_id = raw_id,
                                  .replaced = sent_.name.raw,
                                  .replacement = sent_.replacement,
                                  .capabilities = terms.can->raw,
                                  .level = terms.session ? terms.session->level() : terms.level,
                                  .wants_progress = !m.param.meta_token.empty(),
                                  .raw_parent = span.raw_parent(),
                                  .input_responses = responses_,
                                  .request_state = state_});
    const auto own_name = m.method == "resources/read" ? m.param.uri.raw : m.param.name.raw;
    const auto fields = modern_fields(m.method, sent_.replacement.empty() ? own_name : sent_.replacement,
                                      mirrored_.get(), m.param.arguments.raw);
    co_return co_await modern_call::run(terms_.context,
                                        {.body = &text.text(),
                                         .id = id,
                                         .method = m.method,
                                         .raw_token = m.param.meta_token.raw,
                                         .fields = &fields,
                                         .of_call = &terms.headers,
                                         .call = &call(),
                                         .caller = terms.from,
                                         .cancellation = &call(),
                                         .repeatable = sent_.repeatable,
                                         .timeout = terms_.timeout,
                                         .until = until_,
                                         .with = terms_.with,
                                         .met = &terms_.met,
                                         .span = &span,
                                         .status = &answer.status,
                                         .progress = &progress_},
                                        answer);
}

// What the request has to say after the answer `raw_result`, which was that of round `number`.
vmcp::awaitable<vmcp::result<void>> modern_exchange::next_round(std::string_view raw_result,
                                                                unsigned number) {
    const auto round = read_input_round(raw_result);
    if (!round)
        co_return round.error();
    if (number == most_input_rounds)
        co_return vmcp::fail(errc::backend_protocol, fmt::format("it wants input for the {}th time", number));
    terms_.place.give_back();
    std::string responses;
    if (round->questions.empty()) {
        guarded_pause pause(worker::current());
        const vmcp::cancellation::scope cancellable(&call(), [&pause] { pause.cancel(); });
        co_await pause.until(steady_clock::now() + pause_before_retry(++silent_rounds_));
    } else {
        silent_rounds_ = 0;
        auto given = co_await ask(*round);
        if (!given)
            co_return given.error();
        responses = *std::move(given);
    }
    if (call().cancelled())
        co_return vmcp::fail(errc::cancelled);
    responses_ = std::move(responses);
    state_ = round->raw_state;
    held_.cover_anyway(responses_.size() + state_.size());
    co_return co_await take_place();
}

vmcp::awaitable<vmcp::result<void>> modern_exchange::take_place() {
    until_ = std::min(call().terms().deadline, steady_clock::now() + terms_.timeout);
    auto again = co_await terms_.context.places->enter(until_, &call(), call_limit::use::answer);
    if (!again)
        co_return again.error();
    terms_.place = *std::move(again);
    co_return vmcp::result<void>();
}

namespace {

// Clients of 2025-11-25 want an id of an elicitation by URL; backends of this revision know none (client/elicitation).
std::string question_for(const input_question& asked, const vmcp::call& call, std::uint64_t number) {
    const auto mode = vmcp::json_optional(asked.params, "mode", backend_json_depth).raw;
    if (call.terms().spoken == vmcp::era::modern || asked.method != "elicitation/create" ||
        mode != R"("url")" || !vmcp::json_member(asked.params, "elicitationId", backend_json_depth).empty())
        return asked.message();
    auto with_id = asked;
    with_id.params.insert(1,
                          fmt::format(R"("elicitationId":"vmcp-{:x}-{}",)",
                                      std::chrono::system_clock::now().time_since_epoch().count(), number));
    return with_id.message();
}

} // namespace

// All at once. When one of them is not answered, nobody has to think about the others any more.
vmcp::awaitable<vmcp::result<std::string>> modern_exchange::ask(const input_round& round) {
    std::vector<std::shared_ptr<vmcp::pending_ask>> open;
    const auto withdraw = [&open](std::string_view reason) {
        for (const auto& one : open)
            one->cancel(reason);
    };
    const vmcp::cancellation::scope cancellable(&call(), [&] { withdraw(call().reason()); });
    for (const auto& question : round.questions) {
        const auto text = question_for(question, call(), open.size() + 1);
        const auto m = vmcp::read_message(text, backend_json_depth);
        auto asked = m ? out_.ask(*m) : vmcp::result<std::shared_ptr<vmcp::pending_ask>>(m.error());
        if (!asked) {
            withdraw(R"("another question of the call cannot be asked")");
            co_return asked.error();
        }
        open.push_back(*std::move(asked));
    }
    std::vector<std::string> answers;
    const auto until =
        std::min(call().terms().deadline, steady_clock::now() + terms_.context.ask_timeout.load());
    for (const auto& one : open) {
        auto given = co_await one->answer(until);
        if (call().cancelled())
            co_return vmcp::fail(errc::cancelled);
        if (given && !held_.cover(held_.size() + 2 * given->size()))
            given = vmcp::fail(errc::no_memory, "the client's answer is too large right now (limits.memory)");
        if (!given) {
            withdraw(R"("another question of the call was not answered")");
            co_return given.error();
        }
        answers.push_back(*std::move(given));
    }
    auto responses = input_responses(round, answers);
    co_return responses;
}

// ---- the end

// What went wrong between the client and the backend's answer is, of a tool, for the model to read.
vmcp::awaitable<vmcp::result<modern_end>> modern_exchange::give_up(vmcp::failure why) {
    if (why.code == errc::cancelled || why.code == errc::backend_protocol ||
        call().request().method != "tools/call")
        co_return why;
    const auto text = fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":true}})",
                                  vmcp::quoted("The tool needs input that it did not get: " + why.message()));
    vmcp::reply answer{.kind = vmcp::answer_kind::tool_error, .body = text};
    co_await out_.done(answer);
    co_return modern_end::answered;
}

vmcp::failure modern_exchange::refused(std::string_view raw_error) const {
    const auto code = vmcp::json_member(raw_error, "code", backend_json_depth).raw;
    const auto data = vmcp::json_member(raw_error, "data", backend_json_depth).raw;
    const auto needed = vmcp::json_member(data, "requiredCapabilities", backend_json_depth).raw;
    if (code == "-32021")
        return vmcp::fail(errc::capability_missing, vmcp::excerpt_of(needed));
    return vmcp::fail(errc::backend_protocol, "it refused the request as the gateway wrote it");
}

namespace {

// The member of `object` whose value is the slice `value`, with a comma beside it where there is one. Its name holds no quote.
std::string_view member_with(std::string_view object, std::string_view value) {
    constexpr std::string_view space = " \t\r\n";
    const auto at = static_cast<std::size_t>(value.data() - object.data());
    const auto end = at + value.size();
    const auto quote = object.find_last_of('"', at - 1);
    const auto begin = object.find_last_of('"', quote - 1);
    if (const auto next = object.find_first_not_of(space, end); object[next] == ',')
        return object.substr(begin, next + 1 - begin);
    const auto before = object.find_last_not_of(space, begin - 1);
    const auto from = object[before] == ',' ? before : begin;
    return object.substr(from, end - from);
}

} // namespace

vmcp::reply without_stateless_members(const vmcp::reply& given, bool cacheable, std::string& mended) {
    if (given.kind == vmcp::answer_kind::error || !given.body.starts_with('{'))
        return given;
    const bool hinted = cacheable && (given.body.find("\"ttlMs\"") != std::string_view::npos ||
                                      given.body.find("\"cacheScope\"") != std::string_view::npos);
    if (given.type.empty() && !hinted)
        return given;
    vmcp::reply same = given;
    same.type = {};
    if (auto* const free = std::ranges::find(same.surplus, std::string_view());
        !hinted && !given.whole.empty() && free != same.surplus.end()) {
        *free = member_with(given.body, given.type);
        return same;
    }
    mended = vmcp::without_members(given.body, [&](std::string_view name) {
        return name == "resultType" || (cacheable && (name == "ttlMs" || name == "cacheScope"));
    });
    vmcp::reply out{.kind = given.kind, .body = mended};
    out.meta = vmcp::json_member(mended, "_meta", backend_json_depth).raw;
    return out;
}

std::string not_found_error(std::string_view raw_error) {
    const auto code = vmcp::json_member(raw_error, "code", backend_json_depth).raw;
    const auto data = vmcp::json_member(raw_error, "data", backend_json_depth).raw;
    if (code != "-32602" ||
        vmcp::json_member(data, "uri", backend_json_depth).kind != vmcp::json_kind::string)
        return {};
    vmcp::splice text(raw_error);
    text.replace(code, "-32002");
    return text.pieces().str();
}

bool doubts_revision(unsigned status, std::string_view raw_code) noexcept {
    if (raw_code == "-32022")
        return true;
    // With these statuses a backend of this revision says what is wrong with the request, by codes of its own; any other code is
    // that of a server that wants a session.
    const bool refused = status == 400 || status == 404 || status == 405 || status == 406 || status == 415;
    return refused && raw_code != "-32601" && raw_code != "-32602" && raw_code != "-32021";
}

} // namespace transport
