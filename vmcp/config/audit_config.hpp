// audit as plain values: what is recorded of the requests of clients, and where.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vmcp {

struct audit_config {
    bool enabled = false;
    std::string component = "vmcp-server";  // says in each line which part of an installation wrote it
    std::vector<std::string> event_types{}; // words of audit_type_words; empty: all
    std::vector<std::string> exclude_event_types{}; // wins over the list above
    bool request_data = false;
    bool response_data = false;
    bool detect_errors = true; // JSON-RPC errors and failed tools are no successes
    std::size_t max_data = 1024;
    std::size_t queue = 10'000; // lines that may wait for the file
    std::string log_file{};     // empty: standard output
    friend bool operator==(const audit_config&, const audit_config&) = default;
};

} // namespace vmcp
