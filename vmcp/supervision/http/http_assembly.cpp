#include "vmcp/supervision/http/http_assembly.hpp"

#include "vmcp/service/exposed_uri.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vmcp {
namespace {

// A changed resource of the backend `name`: as the client subscribed to it, or as it would be told of it in a result.
std::string exposed(client_session& session, const snapshot& snap, std::string_view name,
                    const std::string& uri) {
    if (auto known = session.subscribed_as(name, uri); !known.empty())
        return known;
    const auto& names = snap.catalog->backends();
    const auto index = static_cast<std::uint32_t>(std::ranges::find(names, name) - names.begin());
    return index < names.size() ? exposed_uri(&session, *snap.catalog, index, uri) : uri;
}

} // namespace

result<std::shared_ptr<transport::backend_context>>
assemble_http_context(const backend_config& definition, const config& settings,
                      std::shared_ptr<credential_source> credentials, const guard_factory& make_guard,
                      const published<snapshot>& current, session_lists_taker& own_lists,
                      const transport::via_chain& via, std::size_t workers) {
    auto connections = transport::backend_connections::make(definition, workers);
    if (!connections)
        return connections.error();
    auto out = std::make_shared<transport::backend_context>();
    out->connections = *connections;
    out->credentials = std::move(credentials);
    out->guard = make_guard((*connections)->secrets());
    out->via = &via;
    out->own_lists = &own_lists;
    adjust(*out, settings);
    out->expose_uri = exposed_by(current, definition.name);
    return out;
}

result<http_assembly> assemble_http_backend(const backend_config& definition, const config& settings,
                                            std::shared_ptr<credential_source> credentials,
                                            const guard_factory& make_guard,
                                            const published<snapshot>& current,
                                            session_lists_taker& own_lists, const transport::via_chain& via,
                                            std::size_t workers) {
    const auto context = assemble_http_context(definition, settings, std::move(credentials), make_guard,
                                               current, own_lists, via, workers);
    if (!context)
        return context.error();
    return http_assembly{.context = *context, .backend = std::make_shared<chosen_backend>(*context)};
}

exposure exposed_by(const published<snapshot>& current, std::string name) {
    return [&current, name = std::move(name)](client_session& session, const std::string& uri) {
        return exposed(session, *current.load(), name, uri);
    };
}

void adjust(transport::backend_context& context, const config& settings) {
    context.max_body = settings.limits.max_backend_body;
    context.ask_timeout = settings.limits.ask_timeout;
    context.progress_extends_deadline = settings.operational.progress_extends_deadline;
    context.tells_words = settings.errors.backend_words;
    context.max_list_entries = settings.limits.max_list_entries;
    context.max_list_bytes = settings.limits.max_list_bytes;
}

} // namespace vmcp
