// Puts together what makes a backend over Streamable HTTP: connections, limits, the guard before its calls.
#pragma once

#include "vmcp/base/published.hpp"
#include "vmcp/catalog/session_lists_taker.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/supervision/http/chosen_backend.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

struct http_assembly {
    std::shared_ptr<transport::backend_context> context{};
    std::shared_ptr<chosen_backend> backend{};
};

// Makes the guard, once it is known what no message may show.
using guard_factory =
    std::function<std::shared_ptr<transport::backend_guard>(const std::vector<std::string>& secrets)>;

// `credentials`: of its requests. `current`: what clients see, for the URIs that the backend writes. `own_lists`: gets the
// lists of clients' own sessions. `via`: who this gateway is, for those behind it. All three outlive the backend. `workers`: how many threads will use it, numbered from 0.
// Fails where the definition's URL or CA bundle cannot be used.
[[nodiscard]] result<http_assembly>
assemble_http_backend(const backend_config& definition, const config& settings,
                      std::shared_ptr<credential_source> credentials, const guard_factory& make_guard,
                      const published<snapshot>& current, session_lists_taker& own_lists,
                      const transport::via_chain& via, std::size_t workers);

// The first half of it, for those that put something else on top.
[[nodiscard]] result<std::shared_ptr<transport::backend_context>>
assemble_http_context(const backend_config& definition, const config& settings,
                      std::shared_ptr<credential_source> credentials, const guard_factory& make_guard,
                      const published<snapshot>& current, session_lists_taker& own_lists,
                      const transport::via_chain& via, std::size_t workers);

// What a client is to call a resource that the backend of that name calls by `uri`. `current` outlives what is given.
using exposure = std::function<std::string(client_session& session, const std::string& uri)>;
[[nodiscard]] exposure exposed_by(const published<snapshot>& current, std::string name);

// What of the settings all sessions of a backend go by, also while they run.
void adjust(transport::backend_context& context, const config& settings);

} // namespace vmcp
