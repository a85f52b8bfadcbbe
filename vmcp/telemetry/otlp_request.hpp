// One request to the collector: the I/O of OTLP over HTTP.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/telemetry/export_pace.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

struct collector_target {
    url to{};
    std::shared_ptr<boost::asio::ssl::context> tls{}; // null for http://
    std::vector<std::pair<std::string, std::string>> headers{};
    std::chrono::milliseconds timeout{10'000}; // for everything, from the name lookup to the last byte
};

[[nodiscard]] result<collector_target>
make_collector_target(const std::string& url, const std::string& ca_bundle,
                      std::vector<std::pair<std::string, std::string>> headers,
                      std::chrono::milliseconds timeout);

// POSTs `body` over a new connection; of the answer's body the first 64 KiB are read. On a worker.
[[nodiscard]] awaitable<export_answer> send_otlp(std::shared_ptr<const collector_target> target,
                                                 std::string body);

} // namespace vmcp
