#include "vmcp/assembly/composition.hpp"

#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/assembly/memory_budget.hpp"
#include "vmcp/supervision/offering.hpp"

#include <utility>

namespace vmcp {

composition::composition(std::shared_ptr<const config> settings, authenticator& who, admission& policy,
                         audit_sink* records)
    : memory(memory_budget(settings->limits.memory, machine_memory()))
    , limits(http_limits_of(*settings))
    , sessions(session_limits_of(*settings))
    , current(make_snapshot({.settings = settings, .memory = &memory}))
    , own_lists(current, policy, &memory)
    , core(current, policy, own_lists, &memory, &rates)
    , own_sessions(sessions)
    , with_others(settings->session_storage.shared() ? std::make_unique<replicas>(*settings, sessions)
                                                     : nullptr)
    , client_sessions(with_others ? static_cast<session_store&>(with_others->store()) : own_sessions)
    , front_settings(front_settings_of(*settings, true))
    , legacy_front(core, current, client_sessions, policy, counters, shelf)
    , modern_front(core, current, own_sessions, policy, counters)
    , sse_front(core, current, own_sessions, policy, counters)
    , endpoint(legacy_front, modern_front, sse_front, who, via, front_settings, counters, records) {
    memory.set_giver(&shelf);
    if (with_others)
        rates.keep_in(with_others->buckets());
}

void composition::reconfigure(const config& settings, bool loopback) {
    front_settings.store(front_settings_of(settings, loopback));
    sessions.set_limits(session_limits_of(settings));
    memory.set_limit(memory_budget(settings.limits.memory, machine_memory()));
}

void composition::serve(transport::worker& home, boost::asio::ip::tcp::socket socket,
                        transport::http_handler& handler, std::shared_ptr<boost::asio::ssl::context> tls,
                        transport::connection_group& among) {
    const auto connection =
        std::make_shared<transport::server_connection>(home, std::move(socket), handler, limits, among);
    home.spawn(transport::server_connection::run(connection, std::move(tls)), "a client's connection");
}

} // namespace vmcp
