// What the parts of the running gateway read of the configuration.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/net/target.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/session/session_table.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vmcp {

[[nodiscard]] transport::http_limits http_limits_of(const config& c);

// `loopback`: the listener for clients can be reached from this machine only.
[[nodiscard]] std::shared_ptr<const transport::front_settings> front_settings_of(const config& c,
                                                                                 bool loopback);

[[nodiscard]] session_table::limits session_limits_of(const config& c);

// A context of the certificate and key as they were when the configuration was read: no file is opened here.
[[nodiscard]] result<std::shared_ptr<boost::asio::ssl::context>> server_context(const tls_config& tls);

// The keys that differ and that a reload cannot change.
[[nodiscard]] std::vector<std::string> restart_keys(const config& before, const config& after);

} // namespace vmcp
