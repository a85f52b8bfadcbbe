// vmcp_mock: MCP backends for benchmarks, as fast as one thread can be.
#include "bench/mock_server.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <list>
#include <vector>

namespace {

struct arguments {
    bench::mock_options backend;
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::size_t backends = 1;
};

void declare(CLI::App& app, arguments& out) {
    app.add_option("--host", out.host, "Address to listen on")->capture_default_str();
    app.add_option("--port", out.port, "First port; 0 lets the system choose")->capture_default_str();
    app.add_option("--backends", out.backends, "Number of backends, each on a port of its own")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    app.add_option("--tools", out.backend.tools, "Length of tools/list")->capture_default_str();
    app.add_option("--page-size", out.backend.page_size, "Tools per page; 0: one page")
        ->capture_default_str();
    app.add_flag("--sessions", out.backend.sessions, "Hand out Mcp-Session-Id at initialize");
    app.add_flag("--get-stream", out.backend.get_stream, "Answer GET with an event stream instead of 405");
    app.footer("Tools: echo_<size> (100, 1k, 32k, 1m, ...), progress_<n>, slow_<ms>, hang, tool_<i>.\n"
               "Prints {\"host\":...,\"ports\":[...]} when it listens; ends on SIGINT or SIGTERM.");
}

void serve(const arguments& args) {
    boost::asio::io_context context{1};
    bench::mock_backend backend{args.backend};
    std::list<bench::mock_server> servers;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < args.backends; ++i) {
        const auto port = args.port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(args.port + i);
        servers.emplace_back(context, backend, args.host, port);
        ports.push_back(servers.back().port());
    }
    boost::asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](auto, auto) { context.stop(); });
    fmt::print("{{\"host\":\"{}\",\"ports\":[{}]}}\n", args.host, fmt::join(ports, ","));
    std::fflush(stdout);
    context.run();
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"MCP backends for benchmarks (Streamable HTTP, revision 2025-11-25)"};
    arguments args;
    declare(app, args);
    CLI11_PARSE(app, argc, argv);
    try {
        serve(args);
    } catch (const std::exception& error) {
        fmt::print(stderr, "vmcp_mock: {}\n", error.what());
        return 1;
    }
    return 0;
}
