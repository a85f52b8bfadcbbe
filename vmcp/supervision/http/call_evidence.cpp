#include "vmcp/supervision/http/call_evidence.hpp"

#include "vmcp/base/excerpt.hpp"

namespace vmcp {
namespace {

// What operators read of it.
std::string told(const failure& why, const transport::call_facts& facts) {
    return facts.words.empty() ? why.detail : why.detail + ": " + facts.words;
}

health::stage stage_of(transport::connect_step step) {
    switch (step) {
    case transport::connect_step::resolve:
        return health::stage::resolve;
    case transport::connect_step::connect:
    case transport::connect_step::forbidden:
        return health::stage::connect;
    case transport::connect_step::tls:
        return health::stage::handshake;
    }
    return health::stage::exchange;
}

} // namespace

health::evidence evidence_of_call(const failure& why, const transport::call_facts& facts,
                                  const credential_facts& credentials, health::microseconds latency) {
    auto out = health::evidence_of(why.code, told(why, facts));
    const bool of_backend = out.what != health::finding::cancelled || why.code == errc::backend_overloaded;
    if (!of_backend || out.what == health::finding::success)
        return out;
    const bool late = why.code == errc::backend_timeout;
    if (facts.without_credential)
        out = {.what = health::finding::no_credential,
               .detail = vmcp::excerpt_of(why.detail, credentials.secrets)};
    else if (facts.connecting && !late && facts.ec)
        out = health::evidence_of(facts.ec, stage_of(facts.step));
    else if (!late && facts.status != 0 && (facts.status < 200 || facts.status >= 300))
        out = health::evidence_of_status(facts.status, facts.content_type, facts.body, credentials.secrets);
    else if (out.what == health::finding::unreachable && !facts.address.empty())
        out = {.what = health::finding::reset};
    else
        out.detail = vmcp::excerpt_of(told(why, facts), credentials.secrets);
    if (facts.connecting)
        out.where = stage_of(facts.step);
    out.peer = facts.address;
    out.method = facts.method;
    out.status = late ? 0 : facts.status;
    out.credentials_sent = credentials.configured && !facts.callers_own;
    out.latency = latency;
    return out;
}

} // namespace vmcp
