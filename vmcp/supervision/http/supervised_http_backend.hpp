// Backends over Streamable HTTP as supervision sees them.
#pragma once

#include "transport/http/via_chain.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/catalog/session_lists_taker.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace vmcp {

// What all of them share; outlives them.
struct http_surroundings {
    transport::worker& control; // probes and lists run here
    std::vector<transport::worker*>
        callers{}; // calls run here; numbered from 0, and `control` comes after the last
    const published<snapshot>& current;
    session_lists_taker& own_lists;
    const transport::via_chain& via;
    std::function<std::shared_ptr<credential_source>(const backend_config&)> make_credentials{};
    // GET streams of all backends that nobody needs at the moment.
    std::shared_ptr<std::atomic<std::size_t>> unneeded_streams =
        std::make_shared<std::atomic<std::size_t>>(0);
};

// transport: streamable-http.
[[nodiscard]] result<std::shared_ptr<supervised_backend>>
make_http_backend(const http_surroundings& around, const backend_config& definition, const config& settings,
                  std::shared_ptr<backend_gate> gate);

} // namespace vmcp
