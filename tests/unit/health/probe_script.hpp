// Runs a probe machine against a scripted server in virtual time and writes down every action as one line.
#pragma once

#include "health/probe_machine.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace health::test {

using namespace std::chrono_literals;

inline constexpr steady_time origin{std::chrono::hours{100}};

inline moment at(microseconds since_origin) {
    return {origin + since_origin,
            wall_time{std::chrono::sys_days{std::chrono::year{2026} / 9 / 1}} + since_origin};
}

struct silence {}; // never answers
using reply = std::variant<probe_answer, evidence, silence>;

inline evidence problem(finding finding, std::string detail = {}) {
    evidence evidence;
    evidence.what = finding;
    evidence.detail = std::move(detail);
    return evidence;
}

inline probe_answer http(unsigned status, std::string content_type = {}, std::string body = {}) {
    probe_answer answer;
    answer.status = status;
    answer.content_type = std::move(content_type);
    answer.body = std::move(body);
    return answer;
}

inline std::string id_of(const probe_request& request) {
    const auto begin = request.body.find("\"id\":") + 5;
    return request.body.substr(begin, request.body.find_first_of(",}", begin) - begin);
}

inline probe_answer json_answer(const probe_request& to, std::string_view member, unsigned status = 200) {
    return http(status, "application/json",
                fmt::format(R"({{"jsonrpc":"2.0","id":{},{}}})", id_of(to), member));
}

inline probe_answer result_answer(const probe_request& to, std::string_view raw) {
    return json_answer(to, fmt::format("\"result\":{}", raw));
}

inline probe_answer error_answer(const probe_request& to, int code, std::string_view text,
                                 unsigned status = 200, std::string_view data = {}) {
    const std::string more = data.empty() ? std::string{} : fmt::format(",\"data\":{}", data);
    return json_answer(to, fmt::format(R"("error":{{"code":{},"message":"{}"{}}})", code, text, more),
                       status);
}

// A legacy server that works: sessions, and errors for whatever it does not know.
struct legacy_server {
    std::string version = "2025-06-18";
    std::string session = "s-1"; // what the next initialize hands out
    std::vector<std::string> live{};
    std::vector<std::string> seen{}; // requests

    reply operator()(const probe_request& request) {
        seen.push_back(std::string(method_of(request.step)) +
                       (request.session_id.empty() ? "" : " " + request.session_id));
        const bool known = std::find(live.begin(), live.end(), request.session_id) != live.end();
        switch (request.step) {
        case probe_step::initialize: {
            auto answer = result_answer(
                request,
                fmt::format(R"({{"protocolVersion":"{}","capabilities":{{}},"serverInfo":{{"name":"x"}}}})",
                            version));
            answer.session_id = session;
            if (!session.empty())
                live.push_back(session);
            return answer;
        }
        case probe_step::discover:
            return error_answer(request, -32000, "Bad Request: Mcp-Session-Id header is required", 400);
        case probe_step::ping:
            if (!known)
                return error_answer(request, -32001, "Session not found", 404);
            return result_answer(request, "{}");
        case probe_step::initialized:
            return http(known ? 202 : 404);
        case probe_step::goodbye:
            std::erase(live, request.session_id);
            return http(known ? 200 : 404);
        }
        return silence{};
    }
};

struct network {
    bool tls = false;
    std::function<reply(const probe_request&)> server;
    std::vector<std::string> addresses{"10.0.0.3:8080"};
    std::function<reply(const std::string& peer)> connect = [](const std::string&) { return reply{http(0)}; };
    reply lookup = http(0);    // an evidence: fails so; a silence: hangs
    reply handshake = http(0); // likewise
    reply sending = http(0);
    milliseconds step{1}; // how long each action takes
};

struct run_of_probe {
    std::vector<std::string> log{};
    std::vector<probe_request> requests{};
    probe_result result{};
    steady_time ended{};
};

inline std::string line_of(const probe_action& act) {
    std::string line(name_of(act.what));
    if (act.what == probe_action::kind::connect)
        line += " " + act.peer;
    if (act.what == probe_action::kind::send)
        line += " " + std::string(method_of(act.request.step)) +
                (act.request.session_id.empty() ? "" : " in " + act.request.session_id);
    return line;
}

inline run_of_probe run(probe_machine machine, network& net, steady_time begin = origin,
                        milliseconds timeout = 10s) {
    run_of_probe out;
    steady_time now = begin;
    probe_action act = machine.start(now, begin + timeout);
    reply pending = http(0);
    for (unsigned steps = 0; steps < 500; ++steps) {
        out.log.push_back(line_of(act));
        if (act.what == probe_action::kind::finish)
            break;
        reply outcome = http(0);
        switch (act.what) {
        case probe_action::kind::resolve:
            outcome = net.lookup;
            break;
        case probe_action::kind::connect:
            outcome = net.connect(act.peer);
            break;
        case probe_action::kind::handshake:
            outcome = net.handshake;
            break;
        case probe_action::kind::send:
            out.requests.push_back(act.request);
            outcome = net.sending;
            if (std::holds_alternative<probe_answer>(outcome))
                pending = net.server(act.request);
            break;
        case probe_action::kind::read:
            outcome = pending;
            break;
        case probe_action::kind::drain:
        case probe_action::kind::finish:
            break;
        }
        if (std::holds_alternative<silence>(outcome)) {
            now = act.until;
            act = machine.expired(now);
            continue;
        }
        now += net.step;
        if (const auto* bad = std::get_if<evidence>(&outcome))
            act = machine.failed(*bad, now);
        else if (act.what == probe_action::kind::resolve)
            act = machine.resolved(net.addresses, now);
        else if (act.what == probe_action::kind::read)
            act = machine.answered(std::get<probe_answer>(outcome), now);
        else
            act = machine.done(now);
    }
    out.result = machine.result();
    out.ended = now;
    return out;
}

// The ten ways in which a backend that is not ready yet answers, of the start-up race.
inline const std::vector<std::pair<std::string, finding>>& failure_modes() {
    static const std::vector<std::pair<std::string, finding>> modes{
        {"refused", finding::refused}, {"404", finding::http_status},        {"405", finding::http_status},
        {"400", finding::http_status}, {"403", finding::auth_needed},        {"429", finding::http_status},
        {"503", finding::http_status}, {"html200", finding::wrong_protocol}, {"hang", finding::timeout},
        {"reset", finding::reset}};
    return modes;
}

inline reply reply_in_mode(const std::string& mode) {
    if (mode == "hang")
        return silence{};
    if (mode == "reset")
        return problem(finding::reset, "Connection reset by peer");
    if (mode == "html200")
        return http(200, "text/html", "<!DOCTYPE html><html><body>starting</body></html>");
    return http(static_cast<unsigned>(std::stoi(mode)), "text/plain", "mode " + mode);
}

} // namespace health::test
