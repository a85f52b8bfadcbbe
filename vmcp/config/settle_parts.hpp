// The parts of settle_config, one function per topic.
#pragma once

#include "vmcp/config/settle_config.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// What every part needs.
struct settling {
    config_draft& draft;
    const config_document& document;
    const config_sources& sources;
    problem_list& problems;
    problem_list& warnings;
    std::vector<std::string> files{};
    std::set<std::string, std::less<>> names{}; // of all backends
    bool names_known = true;                    // false while a backend's name is missing or wrong

    void complain(const key_path& path, std::string message, bool of_machine = false);
    void warn(const key_path& path, std::string message);
    [[nodiscard]] bool has(const key_path& path) const { return path.find(document.root) != nullptr; }
    // Reports `name` at `path` when no backend has it; says nothing while a backend's own name is missing or
    // wrong.
    void expect_backend(const key_path& path, std::string_view name);
};

struct pem_file {
    std::string content{}; // empty: there is a problem
    std::string problem{};
};

// The PEM file `full`, which must hold a `kind` of thing.
[[nodiscard]] pem_file read_pem(settling& at, const std::string& full, std::string_view kind);

// ASCII letters to lower case: header names compare that way.

void settle_cluster(settling& at);  // kubernetes, discovery
void settle_backends(settling& at); // presence, unique names, headers
void settle_program(settling& at, backend_config& backend, const key_path& path); // a part of settle_backends
void settle_incoming(settling& at);                                               // incomingAuth
void settle_authz(settling& at);                                                  // incomingAuth.authz
void settle_tokens(settling& at, strategy_draft& strategy); // a part of settle_credentials
void settle_aws(settling& at, strategy_draft& strategy);    // a part of settle_tokens
void settle_credentials(settling& at);                      // outgoingAuth
void settle_certificates(settling& at);                     // caBundlePath, listener.tls
void settle_operations(settling& at);                       // deadlines, health checks, passthroughHeaders
void settle_aggregation(settling& at);                      // conflictResolution, tools
void settle_rate_limits(settling& at);                      // rateLimiting
void settle_audit(settling& at);                            // audit
void settle_telemetry(settling& at);                        // telemetry
void settle_storage(settling& at);                          // sessionStorage
void settle_listeners(settling& at); // ports that collide, backends that are this gateway

} // namespace vmcp
