#include "vmcp/program/demo/demo_backend.hpp"

#include "vmcp/base/url.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/program/demo/demo_server.hpp"

#include "transport/http/connection_group.hpp"
#include "transport/net/listener.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace vmcp {
namespace {

struct demo_flags {
    std::string name = "demo";
    std::string kind{};
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string port_file{};
};

// A file that other programs wait for must never be seen half written.
bool write_port_file(const std::string& path, std::uint16_t port) {
    const auto temporary = path + ".tmp";
    std::FILE* const file = std::fopen(temporary.c_str(), "we");
    if (file == nullptr)
        return false;
    const bool written = std::fprintf(file, "%u\n", static_cast<unsigned>(port)) > 0;
    return std::fclose(file) == 0 && written && std::rename(temporary.c_str(), path.c_str()) == 0;
}

std::unique_ptr<demo_content> content_of(const demo_flags& flags) {
    const auto& kind = flags.kind.empty() ? flags.name : flags.kind;
    return kind == "weather" ? make_weather() : make_notes();
}

bool is_loopback(const std::string& host) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(host, ec);
    return host == "localhost" || (!ec && address.is_loopback());
}

exit_code run_demo(const demo_flags& flags) {
    // Before the worker: its coroutines use them until it is gone.
    demo_server server(flags.name, content_of(flags), is_loopback(flags.host));
    const transport::http_limits limits;
    transport::connection_group connections;
    transport::worker home(0);
    const auto opened = transport::listener::open(
        flags.host, flags.port, {&home}, [&](transport::worker& on, transport::tcp::socket socket) {
            const auto made = std::make_shared<transport::server_connection>(on, std::move(socket), server,
                                                                             limits, connections);
            on.spawn(transport::server_connection::run(made, nullptr), "a connection");
        });
    if (!opened) {
        complain(opened.error().detail);
        return exit_code::failed;
    }
    const auto& door = *opened;
    if (!flags.port_file.empty() && !write_port_file(flags.port_file, door->port())) {
        complain(fmt::format("cannot write {}", flags.port_file));
        return exit_code::failed;
    }
    fmt::print(stderr, "demo backend {} listening at http://{}/mcp\n", flags.name,
               host_and_port(flags.host, door->port()));

    // A demo ends at once; what it is asked meanwhile its clients may ask again.
    boost::asio::signal_set signals(home.context(), SIGINT, SIGTERM);
    signals.async_wait([&home](const boost::system::error_code& ec, int) {
        if (!ec)
            home.context().stop();
    });
    door->start([] { return false; });
    home.start();
    while (!home.join(std::chrono::hours(1))) {
    }
    return exit_code::ok;
}

} // namespace

void add_demo_backend(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand("demo-backend", "Run a small MCP server to try vmcp with");
    const auto flags = std::make_shared<demo_flags>();
    command->add_option("--name", flags->name, "How the server calls itself")
        ->envname("VMCP_DEMO_NAME")
        ->type_name("NAME")
        ->capture_default_str();
    command
        ->add_option(
            "--kind", flags->kind,
            "weather (forecasts, a slow tool with progress) or notes (a list that changes); without it the "
            "kind that --name names, else notes")
        ->envname("VMCP_DEMO_KIND")
        ->check(CLI::IsMember({"weather", "notes"}))
        ->type_name("KIND");
    command->add_option("--host", flags->host, "Address to listen on")
        ->envname("VMCP_DEMO_HOST")
        ->type_name("ADDRESS")
        ->capture_default_str();
    command->add_option("--port", flags->port, "Port to listen on; 0 takes any free one")
        ->envname("VMCP_DEMO_PORT")
        ->type_name("PORT")
        ->capture_default_str();
    command->add_option("--port-file", flags->port_file, "Write the port that is listened on into this file")
        ->envname("VMCP_DEMO_PORT_FILE")
        ->type_name("FILE");
    command->footer("A real MCP server over Streamable HTTP with made-up data that is always the same.\n\n"
                    "Examples:\n"
                    "  vmcp demo-backend --name weather --port 9101\n"
                    "  vmcp demo-backend --name archive --kind notes --port 9102");
    command->callback([&outcome, flags] { outcome = run_demo(*flags); });
}

} // namespace vmcp
