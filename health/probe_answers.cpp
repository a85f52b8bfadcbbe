// What the answers to a probe prove: the second half of probe_machine.
#include "health/probe_machine.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/media_type.hpp"
#include "vmcp/model/older_revision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace health {
namespace {

// A server that talks this much without answering a probe is no MCP server.
constexpr unsigned max_events = 64;
constexpr int session_not_found = -32001;

bool is_success(unsigned status) {
    return status >= 200 && status < 300;
}

bool is_auth(unsigned status) {
    return status == 401 || status == 403;
}

bool is_event_stream(const probe_answer& answer) {
    return vmcp::is_media_type(answer.content_type, "text/event-stream");
}

bool any_legacy(const std::vector<std::string>& versions) {
    return std::any_of(versions.begin(), versions.end(), is_legacy_version);
}

bool has_modern(const std::vector<std::string>& versions) {
    return std::find(versions.begin(), versions.end(), modern_version) != versions.end();
}

std::string joined(const std::vector<std::string>& versions) {
    std::string text;
    for (const std::string& version : versions)
        text.append(text.empty() ? "" : ", ").append(version);
    return vmcp::excerpt_of(text);
}

} // namespace

// ---- answers

// An error of the application proves as much as a result does.
bool probe_machine::answers_ping(const probe_answer& answer, const rpc_answer& read) {
    if (!is_success(answer.status))
        return false;
    if (read.what == rpc_answer::kind::result)
        return true;
    if (read.what != rpc_answer::kind::error || !read.addressed || read.code == session_not_found)
        return false;
    constexpr std::string_view words[] = {"session", "Session", "not initialized"};
    return std::none_of(std::begin(words), std::end(words),
                        [&](std::string_view word) { return read.message.find(word) != std::string::npos; });
}

probe_action probe_machine::answered(const probe_answer& answer, steady_time now) {
    something_read_ = true;
    if (!answer.moved_to.empty() && !redirected_)
        return follow(answer, now);
    if (step_ == probe_step::goodbye)
        return kind_ == probe_kind::goodbye ? finish({}, now) : after_goodbye(answer, now);
    const rpc_answer read = answer.truncated ? rpc_answer{} : read_answer(answer.body, id_);
    const bool awaited = is_success(answer.status) && is_event_stream(answer) && answer.more &&
                         step_ != probe_step::initialized && read.what != rpc_answer::kind::result &&
                         read.what != rpc_answer::kind::error;
    if (awaited && ++events_ < max_events)
        return plain(kind::read);
    switch (step_) {
    case probe_step::ping:
        return on_ping(answer, read, now);
    case probe_step::initialize:
        return on_initialize(answer, read, now);
    case probe_step::initialized:
        return on_initialized(answer, now);
    case probe_step::discover:
        return on_discover(answer, read, now);
    case probe_step::goodbye:
        break;
    }
    return finish({}, now);
}

probe_action probe_machine::on_ping(const probe_answer& answer, const rpc_answer& read, steady_time now) {
    if (answers_ping(answer, read))
        return succeed(answer, now);
    if (answer.status == 429)
        return finish(judge(answer, read), now);
    return forget_and_ask(probe_step::initialize, answer, now);
}

probe_action probe_machine::on_initialize(const probe_answer& answer, const rpc_answer& read,
                                          steady_time now) {
    if (!is_success(answer.status) || read.what != rpc_answer::kind::result)
        return on_initialize_refused(answer, read, now);
    const std::string version = initialized_version(read.result);
    evidence wrong = judge(answer, rpc_answer{});
    wrong.what = finding::wrong_protocol;
    if (!is_legacy_version(version)) {
        wrong.detail = version.empty() ? std::string("no protocolVersion in the result of initialize")
                                       : "protocol version " + vmcp::excerpt_of(version);
        return finish(std::move(wrong), now);
    }
    if (!answer.session_id.empty() && !valid_session_id(answer.session_id)) {
        wrong.detail = "Mcp-Session-Id with characters that are not allowed";
        return finish(std::move(wrong), now);
    }
    memory_.proved = era::legacy;
    memory_.session_id = answer.session_id;
    memory_.protocol_version = version;
    result_.revision = version;
    result_.opened = read.result;
    return next_request(probe_step::initialized, answer, now);
}

probe_action probe_machine::on_initialize_refused(const probe_answer& answer, const rpc_answer& read,
                                                  steady_time now) {
    evidence evidence = judge(answer, read);
    if (offered_ == vmcp::latest_version)
        initialize_refusal_ = evidence;
    older_.reset();
    if (!is_auth(answer.status) && !answer.truncated)
        older_ = vmcp::older_revision(offered_, answer.status, answer.body);
    const bool spoke = read.what == rpc_answer::kind::error && answer.status < 500 && answer.status != 429 &&
                       !is_auth(answer.status);
    if (spoke && !discover_asked_) {
        if (has_modern(read.supported) && !any_legacy(read.supported) && !options_.routes_modern)
            return finish_modern_only(read.supported, answer, now);
        if (!older_ || !vmcp::speaks_of_revisions(answer.body))
            return next_request(probe_step::discover, answer, now);
    }
    if (older_)
        return offer_older(answer, now);
    return finish(evidence.what == initialize_refusal_.what ? initialize_refusal_ : evidence, now);
}

probe_action probe_machine::offer_older(const probe_answer& after, steady_time now) {
    offered_ = *std::exchange(older_, std::nullopt);
    return next_request(probe_step::initialize, after, now);
}

probe_action probe_machine::on_initialized(const probe_answer& answer, steady_time now) {
    if (is_success(answer.status))
        return succeed(answer, now);
    older_ = vmcp::older_revision(offered_, answer.status, answer.body);
    if (!older_ || is_auth(answer.status))
        return finish(judge(answer, read_answer(answer.body, id_)), now);
    if (!memory_.session_id.empty())
        return next_request(probe_step::goodbye, answer, now);
    return after_goodbye(answer, now);
}

// Of a session that was opened with a revision which the backend then refused.
probe_action probe_machine::after_goodbye(const probe_answer& answer, steady_time now) {
    memory_.proved = era::unknown;
    memory_.session_id.clear();
    memory_.protocol_version.clear();
    result_.revision.clear();
    result_.opened.clear();
    return offer_older(answer, now);
}

probe_action probe_machine::on_discover(const probe_answer& answer, const rpc_answer& read, steady_time now) {
    const bool positive = is_success(answer.status) && read.what == rpc_answer::kind::result;
    std::vector<std::string> versions = positive ? discovered_versions(read.result) : read.supported;
    if (initialize_asked_)
        return after_discover(versions, answer, read, now);
    if (positive && has_modern(versions)) {
        memory_.proved = era::modern;
        memory_.protocol_version = modern_version;
        memory_.session_id.clear();
        result_.revision = modern_version;
        return succeed(answer, now);
    }
    const bool no_verdict = is_auth(answer.status) || answer.status >= 500 || answer.status == 429;
    if (no_verdict)
        return finish(judge(answer, read), now);
    return forget_and_ask(probe_step::initialize, answer, now);
}

// `server/discover` was asked only to learn why `initialize` was refused.
probe_action probe_machine::after_discover(const std::vector<std::string>& versions,
                                           const probe_answer& answer, const rpc_answer& read,
                                           steady_time now) {
    if (is_auth(answer.status))
        return finish(judge(answer, read), now);
    if ((versions.empty() || any_legacy(versions)) && older_)
        return offer_older(answer, now);
    if (versions.empty() || any_legacy(versions))
        return finish(std::move(initialize_refusal_), now);
    return finish_modern_only(versions, answer, now);
}

probe_action probe_machine::follow(const probe_answer& answer, steady_time now) {
    redirected_ = true;
    memory_.target = answer.moved_to;
    return next_request(step_, answer, now);
}

// What was known does not hold any more: the session is gone, or another server answers now.
probe_action probe_machine::forget_and_ask(probe_step step, const probe_answer& answer, steady_time now) {
    if (memory_.proved == era::legacy) {
        result_.reinitialised = true;
        if (answer.status == 404)
            result_.lost_session = memory_.session_id;
    }
    memory_ = {};
    return next_request(step, answer, now);
}

// ---- the verdict

// What an answer that is no success proves.
evidence probe_machine::judge(const probe_answer& answer, const rpc_answer& read) const {
    evidence observed;
    observed.method = method_of(step_);
    observed.status = answer.status;
    observed.body = answer.truncated ? body_kind::text : kind_of_body(answer.content_type, answer.body);
    observed.excerpt = vmcp::excerpt_of(answer.body, options_.secrets);
    if (answer.status >= 300 && answer.status < 400)
        observed.detail = vmcp::excerpt_of(answer.location, options_.secrets);
    if (read.what == rpc_answer::kind::error) {
        observed.body = body_kind::rpc_error;
        observed.rpc_code = read.code;
        observed.excerpt = vmcp::excerpt_of(read.message, options_.secrets);
    }
    if (is_auth(answer.status)) {
        observed.what = finding::auth_needed;
    } else if (read.what == rpc_answer::kind::error && answer.status < 500) {
        observed.what = answer.status == 429 ? finding::http_status : finding::rpc_error;
    } else if (!is_success(answer.status)) {
        observed.what = finding::http_status;
    } else {
        observed.what = finding::wrong_protocol;
        if (answer.truncated)
            observed.detail = fmt::format("longer than {} bytes", max_probe_body);
        else if (is_event_stream(answer))
            observed.detail = answer.more ? "an event stream without an answer"
                                          : "an event stream that ended without an answer";
    }
    return observed;
}

probe_action probe_machine::finish_modern_only(const std::vector<std::string>& versions,
                                               const probe_answer& answer, steady_time now) {
    evidence evidence;
    evidence.what = finding::modern_only;
    evidence.method = method_of(step_);
    evidence.status = answer.status;
    evidence.detail = joined(versions);
    result_.revision =
        has_modern(versions) ? std::string(modern_version) : vmcp::excerpt_of(versions.front(), {}, 16);
    return finish(std::move(evidence), now);
}

probe_action probe_machine::succeed(const probe_answer& answer, steady_time now) {
    evidence evidence;
    evidence.status = answer.status;
    evidence.method = method_of(step_);
    if (result_.revision.empty())
        result_.revision = memory_.protocol_version;
    return finish(std::move(evidence), now);
}

probe_action probe_machine::finish(evidence evidence, steady_time now) {
    evidence.peer = peer_;
    evidence.credentials_sent = options_.credentials_configured;
    evidence.latency = std::chrono::duration_cast<microseconds>(now - started_);
    result_.met = std::move(evidence);
    result_.memory = memory_;
    return plain(kind::finish);
}

} // namespace health
