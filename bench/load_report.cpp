#include "bench/load_report.hpp"

#include <fmt/format.h>

namespace bench {

namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + '"';
}

double microseconds(std::uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1000.0;
}

std::string errors_of(const load_result& result) {
    std::string out;
    for (const auto& [kind, count] : result.errors)
        out += fmt::format("{}{}:{}", out.empty() ? "" : ",", quoted(kind), count);
    return "{" + out + "}";
}

} // namespace

std::string to_json(const load_options& options, const load_result& result, double cpu_seconds) {
    const auto& latency = result.latency;
    const auto rps = result.seconds > 0 ? static_cast<double>(latency.count()) / result.seconds : 0.0;
    auto out = fmt::format(
        R"({{"connections":{},"rate":{},"seconds":{:.3f},"requests":{},"requests_per_second":{:.1f},"replies":{},"bytes":{},)"
        R"("latency_us":{{"mean":{:.1f},"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p99_9":{:.1f},"max":{:.1f}}},)",
        result.connections, options.rate, result.seconds, latency.count(), rps, result.replies, result.bytes,
        latency.mean() / 1000.0, microseconds(latency.percentile(50)), microseconds(latency.percentile(90)),
        microseconds(latency.percentile(99)), microseconds(latency.percentile(99.9)),
        microseconds(latency.max()));
    if (options.work == work_kind::list)
        out += fmt::format(R"("tools":{},"pages":{},)", result.tools, result.pages);
    if (options.work == work_kind::sessions)
        out += fmt::format(R"("sessions":{},)", result.sessions);
    return out + fmt::format(R"("unanswered":{},"errors":{},"first_error":{},"cpu_seconds":{:.3f}}})",
                             result.unanswered, errors_of(result), quoted(result.first_error), cpu_seconds);
}

} // namespace bench
