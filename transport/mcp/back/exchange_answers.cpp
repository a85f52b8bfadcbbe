// What answers and messages mean for an exchange: the second half of exchange_machine.
#include "transport/mcp/back/exchange_machine.hpp"

#include "transport/http/redirect.hpp"
#include "transport/mcp/back/lost_session.hpp"
#include "vmcp/base/byte_order_mark.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace transport {

using vmcp::errc;

namespace {

// AWS answers 403 where others answer 401; it says so in the body, whose form differs between its services.
bool says_expired(unsigned status, std::string_view text) {
    constexpr std::size_t most = 1024;
    const auto start = text.substr(0, most);
    return status == 403 && (start.find("ExpiredToken") != start.npos ||
                             start.find("security token included in the request is expired") != start.npos);
}

// How gateways say that their policies deny this very call. Any other 403 is about the credentials that it came with.
bool denies_the_call(const vmcp::message& answer) {
    return answer.type == vmcp::message::kind::error &&
           vmcp::json_member(answer.error.raw, "code", 512).raw == "403";
}

errc code_of_status(unsigned status) {
    if (status == 401 || status == 403)
        return errc::backend_unauthorized;
    if (status == 429)
        return errc::backend_overloaded;
    return status >= 500 ? errc::backend_unavailable : errc::backend_protocol;
}

} // namespace

// ---- whole answers

exchange_action exchange_machine::judge(std::string_view text, std::string_view address,
                                        steady_clock::time_point now) {
    from_ = source::body;
    body_ = text;
    messages_.open(text);
    const bool spoke = messages_.next(message_);
    const bool success = status_ >= 200 && status_ < 300;
    if (success && spoke && message_.type == vmcp::message::kind::response && is_mine(message_))
        return *take(now);
    address_ = address;
    if (success && terms_.answered_elsewhere)
        return accepted(spoke, now);
    if (!success)
        note(address, status_, text);
    const bool lost = means_lost(text);
    if (lost && !session_lost_)
        return lose(text);
    if ((status_ == 401 || says_expired(status_, text)) && !lost && !renewed_) {
        sent_ = resuming_; // what it refused it does not work on
        return act(kind::renew);
    }
    if (const auto next = follow())
        return *next;
    if (resuming_)
        return broke_off(vmcp::fail(errc::backend_unavailable,
                                    fmt::format("{} ended its answer early and refused to go on (HTTP {})",
                                                address, status_)),
                         now);
    // Errors of many servers come with a 4xx status and a JSON-RPC body: the body says more.
    const bool refused = status_ == 401 || (status_ == 403 && !(spoke && denies_the_call(message_)));
    if (!spoke || !(success || lost || (status_ >= 400 && !refused && json_)))
        return unanswered();
    const auto next = take(now);
    return next ? *next : go_on(now);
}

exchange_action exchange_machine::refused_before(std::string detail, call_facts facts) {
    const bool by_credential = facts.status == 401 || says_expired(facts.status, facts.body);
    refused_ = vmcp::fail(code_of_status(facts.status), std::move(detail));
    outcome_.met = std::move(facts);
    return by_credential && !renewed_ ? act(kind::renew) : unanswered();
}

// The answer comes on another stream, unless it is here all the same.
exchange_action exchange_machine::accepted(bool spoke, steady_clock::time_point now) {
    if (spoke && kind_of(message_) == backend_says::response && is_mine(message_))
        return *take(now);
    return act(kind::read_some);
}

// Who redirects has not executed the request.
std::optional<exchange_action> exchange_machine::follow() {
    if (next_target_.empty() || !moved_to_.empty())
        return std::nullopt;
    moved_to_ = std::exchange(next_target_, {});
    sent_ = resuming_;
    return act(kind::authorize);
}

// A whole answer that does not hold the response.
exchange_action exchange_machine::unanswered() {
    if (refused_)
        return give_up(*std::exchange(refused_, std::nullopt));
    const auto shown = excerpt(body_);
    if (status_ >= 200 && status_ < 300)
        note(address_, status_, body_);
    if (status_ == 200)
        return give_up(vmcp::fail(errc::backend_protocol,
                                  fmt::format("{} answered HTTP 200 without the response", address_)),
                       shown);
    if (means_lost(body_))
        return lose(body_);
    // A POST with credentials goes to no other origin than the configuration says.
    if (status_ >= 300 && status_ < 400)
        return give_up(
            vmcp::fail(errc::backend_protocol,
                       fmt::format("{} redirects{} (HTTP {}); set the backend's url to where it really is",
                                   address_, moved_to_.empty() ? "" : " again", status_)),
            "to " + excerpt(without_user_info(location_)));
    return give_up(vmcp::fail(code_of_status(status_), fmt::format("{} answered HTTP {}", address_, status_)),
                   shown);
}

bool exchange_machine::means_lost(std::string_view text) const {
    const auto id = std::to_string(id_);
    return session_has_id_ &&
           (terms_.answered_elsewhere ? means_lost_conversation(status_, text, id, terms_.message)
                                      : means_lost_session(status_, text, id));
}

exchange_action exchange_machine::lose(std::string_view text) {
    auto why = vmcp::fail(errc::backend_session_lost, "it does not know it any more");
    const bool again = terms_.session == session_use::current && !std::exchange(session_lost_, true);
    auto next = again ? next_attempt(true) : give_up(std::move(why), excerpt(text));
    next.lost = true;
    next.gone = needs_no_goodbye(status_);
    return doing_ = next;
}

std::vector<std::string> exchange_machine::secrets() const {
    std::vector<std::string> out(secrets_.begin(), secrets_.end());
    if (of_caller_ != nullptr)
        for (const auto& [name, value] : *of_caller_)
            std::ranges::move(vmcp::secret_forms(value), std::back_inserter(out));
    return out;
}

std::string exchange_machine::excerpt(std::string_view of_peer) const {
    return vmcp::excerpt_of(of_peer, secrets());
}

// What guards the backend learns of an attempt that fails.
void exchange_machine::note(std::string_view address, unsigned status, std::string_view text) {
    constexpr std::size_t most = 1024;
    outcome_.met = {.status = status,
                    .address = std::string(address),
                    .method = std::string(terms_.method),
                    .content_type = status == 200 ? std::string() : content_type_.substr(0, most),
                    .body = vmcp::without_secrets(text.substr(0, most), secrets())};
}

// ---- events and messages

exchange_action exchange_machine::next_event(steady_clock::time_point now) {
    while (events_->next() == sse_step::event)
        if (const auto next = take_event(now))
            return *next;
    if (!events_->failed())
        return act(kind::read_some);
    note(address_, status_);
    outcome_.met.too_large = true;
    return give_up(vmcp::fail(errc::backend_protocol, fmt::format("an event of {} is larger than {} bytes",
                                                                  address_, terms_.max_body)));
}

// Nothing: the event asks for nothing to be done.
std::optional<exchange_action> exchange_machine::take_event(steady_clock::time_point now) {
    in_vain_ = 0;
    if (!events_->event().is_message())
        return std::nullopt;
    from_ = source::stream;
    text_ = events_->take_data();
    const auto text = vmcp::without_byte_order_mark(text_);
    messages_.open(text);
    // A refusal comes before anything else; what comes later is about work that was begun.
    const bool first = !std::exchange(heard_, true);
    if (!messages_.next(message_))
        return std::nullopt;
    if (first && !session_lost_ && message_.type == vmcp::message::kind::error && means_lost(text))
        return lose(text);
    if (const auto next = take(now))
        return next;
    return next_message(now);
}

exchange_action exchange_machine::go_on(steady_clock::time_point now) {
    if (const auto next = next_message(now))
        return *next;
    switch (from_) {
    case source::body:
        return unanswered();
    case source::stream:
        return next_event(now);
    case source::elsewhere:
        break;
    }
    return doing_ = interrupted_;
}

std::optional<exchange_action> exchange_machine::next_message(steady_clock::time_point now) {
    while (messages_.next(message_))
        if (const auto next = take(now))
            return next;
    return std::nullopt;
}

// An error without an id can only be about the one request whose answer it is in.
bool exchange_machine::is_mine(const vmcp::message& m) const {
    return m.id.empty() ? from_ != source::elsewhere : our_id(m.id.raw) == id_;
}

// Nothing: the message is none of this request's.
std::optional<exchange_action> exchange_machine::take(steady_clock::time_point now) {
    const auto deliver = [this](delivery how) {
        act(kind::deliver);
        doing_.how = how;
        return doing_;
    };
    switch (kind_of(message_)) {
    case backend_says::response:
        if (!is_mine(message_)) {
            if (from_ != source::stream || !our_id(message_.id.raw))
                return std::nullopt;
            return deliver(delivery::foreign);
        }
        answered_ = true;
        outcome_ = {};
        return deliver(delivery::reply);
    case backend_says::progress:
        if (const auto about = our_id(message_.param.progress_token.raw); about != id_) {
            if (from_ != source::stream || !about)
                return std::nullopt;
            return deliver(delivery::foreign);
        }
        if (!terms_.wants_progress)
            return std::nullopt;
        if (terms_.progress_extends_deadline)
            deadline_ = std::min(now + terms_.timeout, terms_.latest);
        return deliver(delivery::progress);
    case backend_says::question:
        if (message_.method == "ping" || !terms_.has_client)
            return deliver(delivery::own_question);
        return deliver(open_questions_ < most_questions ? delivery::question : delivery::surplus);
    case backend_says::withdrawal:
    case backend_says::lists_changed:
    case backend_says::resource_updated:
    case backend_says::log:
    case backend_says::notification:
        break;
    }
    return deliver(delivery::notification);
}

exchange_action exchange_machine::replied() {
    if (from_ != source::stream)
        return act(kind::finish);
    next_ = {}; // finish
    return act(kind::drain);
}

exchange_action exchange_machine::delivered(steady_clock::time_point now) {
    return go_on(now);
}

exchange_action exchange_machine::asked(bool accepted, steady_clock::time_point now) {
    if (accepted)
        ++open_questions_;
    return go_on(now);
}

} // namespace transport
