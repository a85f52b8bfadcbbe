// vmcp_load: load generator for MCP over Streamable HTTP. Prints its result as one line of JSON.
#include "bench/load_report.hpp"
#include "bench/load_run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <map>
#include <regex>

namespace {

struct arguments {
    bench::load_options run;
    std::string url;
    double seconds = 5;
    double warm_up = 1;
    double timeout = 10;
};

const std::map<std::string, bench::work_kind> works = {
    {"call", bench::work_kind::call},         {"list", bench::work_kind::list},
    {"ping", bench::work_kind::ping},         {"initialize", bench::work_kind::initialize},
    {"sessions", bench::work_kind::sessions}, {"connections", bench::work_kind::connections}};

void declare(CLI::App& app, arguments& out) {
    auto& run = out.run;
    app.add_option("url", out.url, "http://ADDRESS:PORT/PATH; a numeric address")->required();
    app.add_option("--work", run.work, "call, list, ping, initialize, sessions or connections")
        ->transform(CLI::CheckedTransformer(works));
    app.add_option("--connections", run.connections, "Connections, one request at a time on each")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--rate", run.rate, "Requests per second (open loop); 0: closed loop")
        ->capture_default_str();
    app.add_option("--seconds", out.seconds, "Measured time; of work connections: time to hold")
        ->capture_default_str();
    app.add_option("--warm-up", out.warm_up, "Seconds before the measured time")->capture_default_str();
    app.add_option("--timeout", out.timeout, "Seconds until an exchange counts as failed")
        ->capture_default_str();
    app.add_option("--tool", run.tool, "Tool to call; {} becomes 0 to fan-1, in turn")->capture_default_str();
    app.add_option("--fan", run.fan, "Number of tools to call in turn")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    app.add_option("--argument-bytes", run.argument_bytes, "Length of the text argument of a call")
        ->capture_default_str();
    app.add_option("--progress", run.progress,
                   "Send a progress token and expect so many notifications per call");
    app.add_option("--count", run.count, "Work sessions: how many to open")->capture_default_str();
    app.add_flag("--touch", run.touch, "Work sessions: also make one call in each");
    app.add_flag("--raw", run.raw, "No handshake and no session");
    app.add_option("--authorization", run.authorization,
                   "Value of the Authorization field of every request: \"Bearer ...\"");
    app.add_option("--protocol", run.protocol, "Protocol revision")->capture_default_str();
}

void parse_url(arguments& args) {
    const std::regex shape{R"(http://([0-9.]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})(/.*)?)"};
    std::smatch parts;
    if (!std::regex_match(args.url, parts, shape))
        throw std::runtime_error("not a URL of the form http://127.0.0.1:8080/mcp: " + args.url);
    args.run.host = parts[1].str();
    if (args.run.host.front() == '[')
        args.run.host = args.run.host.substr(1, args.run.host.size() - 2);
    const auto port = std::stoul(parts[2].str());
    if (port == 0 || port > 65535)
        throw std::runtime_error("no such port: " + parts[2].str());
    args.run.port = static_cast<std::uint16_t>(port);
    args.run.path = parts[3].length() == 0 ? "/" : parts[3].str();
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(arguments& args) {
    parse_url(args);
    args.run.duration = std::chrono::duration<double>{args.seconds};
    args.run.warm_up = std::chrono::duration<double>{args.warm_up};
    args.run.timeout = std::chrono::duration<double>{args.timeout};
    boost::asio::io_context context{1};
    bench::load_run load{context, args.run};
    const auto result = load.run();
    fmt::print("{}\n", bench::to_json(args.run, result, cpu_seconds()));
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"Load generator for MCP servers (Streamable HTTP, revisions with initialize)"};
    arguments args;
    declare(app, args);
    CLI11_PARSE(app, argc, argv);
    try {
        run(args);
    } catch (const std::exception& error) {
        fmt::print(stderr, "vmcp_load: {}\n", error.what());
        return 1;
    }
    return 0;
}
