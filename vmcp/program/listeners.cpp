#include "vmcp/program/listeners.hpp"

#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/base/words.hpp"

#include <fstream>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;
using transport::worker;

namespace {

// The failure of a listener, with the keys that say where it listens.
failure of_listener(std::string_view keys, failure why) {
    why.detail.append(fmt::format(" ({})", keys));
    return why;
}

} // namespace

result<void> listeners::open(const config& settings, const serve_options& options,
                             const std::vector<worker*>& workers, listener_pages pages) {
    const bool tls = settings.listener.tls.enabled();
    if (tls) {
        auto context = server_context(settings.listener.tls);
        if (!context)
            return context.error();
        tls_.store(*context);
    }
    auto clients = transport::listener::open(
        options.host, options.port, workers, [this, tls, &pages = pages.clients](worker& home, auto socket) {
            auto context = tls ? std::const_pointer_cast<asio::ssl::context>(tls_.load()) : nullptr;
            parts_.serve(home, std::move(socket), pages, std::move(context), parts_.clients);
        });
    if (!clients)
        return of_listener("--host, --port", clients.error());
    clients_ = std::move(*clients);
    if (settings.admin.port == 0)
        return {};
    auto operators =
        transport::listener::open(settings.admin.address, settings.admin.port, workers,
                                  [this, &pages = pages.operators](worker& home, auto socket) {
                                      parts_.serve(home, std::move(socket), pages, nullptr, parts_.operators);
                                  });
    if (!operators)
        return of_listener("admin.address, admin.port", operators.error());
    operators_ = std::move(*operators);
    return {};
}

void listeners::start() {
    clients_->start([this] { return parts_.clients.size() >= parts_.limits.max_connections; },
                    {.close_one = [this] { return parts_.clients.close_oldest(); }});
    constexpr std::size_t most_of_operators = 128; // of which half may watch (event_feed)
    if (operators_)
        operators_->start([this] { return parts_.operators.size() >= most_of_operators; },
                          {.close_one = [this] { return parts_.operators.close_oldest(); },
                           .lend_descriptor = [this] { return for_operators_.lend(); }});
}

void listeners::stop() {
    clients_->stop();
    if (operators_)
        operators_->stop();
}

void listeners::announce(const config& settings, const serve_options& options) const {
    log::info("{} {} listening at {}://{}/mcp with {}{}", program_name, program_version,
              settings.listener.tls.enabled() ? "https" : "http", host_and_port(options.host, port()),
              count_of(settings.backends.size(), "backend"),
              settings.cluster.discover ? ", besides those of the cluster" : "");
    if (operators_)
        log::info("status page at http://{}/ui/", host_and_port(settings.admin.address, operators_->port()));
    if (!options.port_file.empty()) {
        std::ofstream file(options.port_file, std::ios::trunc);
        if (!(file << port() << '\n').flush())
            log::warn("cannot write the port to {}", options.port_file);
    }
}

} // namespace vmcp
