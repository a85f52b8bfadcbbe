// Requests to a Kubernetes API server: JSON in and out, over connections of its own with the credentials of a
// cluster_access.
#pragma once

#include "transport/kube/cluster_access.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

using std::chrono::milliseconds;

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view merge_patch_type = "application/merge-patch+json"; // RFC 7396
inline constexpr std::string_view apply_patch_type =
    "application/apply-patch+yaml"; // server-side apply; JSON is YAML

struct kube_request {
    std::string method = "GET";
    std::string
        target{}; // path and query, below the server's URL: "/api/v1/namespaces/default/secrets?limit=500"
    std::string body{};                        // JSON text; empty: none
    std::string_view content_type = json_type; // of the body; lives for ever
    milliseconds limit{10'000};                // for everything, from the name lookup to the last byte
    std::size_t most = std::size_t{1} << 20;   // bytes of an answer
    // Ends it early, also while it connects; null: nothing does. Outlives the coroutine.
    vmcp::cancellation* control = nullptr;
};

struct kube_answer {
    unsigned status = 0; // of HTTP; 0: there was no answer, or not the whole of one
    std::string body{};
    std::optional<std::chrono::seconds> retry_after{}; // of a Retry-After field in seconds; a minute at most
    bool too_large = false;                            // more than `most` bytes; status is 0
    bool timed_out = false;                            // status is 0
    std::string error{}; // where there was none: why, for people; no secret is in it

    [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

// "HTTP 403: services is forbidden ..." or why there was no answer: for the log and for rows. At most some 300 characters, no
// control characters.
[[nodiscard]] std::string explain(const kube_answer& answer);

// All of it belongs to one worker, that of the first request; its requests run beside each other. Idle connections are
// kept and used again. Outlives its coroutines.
//
// The token is read again when it is a minute old, and when it was refused (401) and the file holds another one: that
// request is then sent once more. Certificates are read again when a handshake failed. A request that changes something
// and was not answered is never repeated here, as nobody knows whether it took effect: `status` is 0, and its caller
// looks first.
class kube_client {
public:
    virtual ~kube_client() = default;

    virtual vmcp::awaitable<kube_answer> ask(kube_request request) = 0;

    // What ask() does, but the body of a success goes to `piece` as it comes: first an empty one, once the head is there.
    // `kube_answer::body` holds that of a refusal. After the head, `idle` is what may pass between two pieces. It ends when
    // the body does, well (status 200, no error) or not (an error; status is that of the head), or when `piece` returns
    // false, which counts as well.
    virtual vmcp::awaitable<kube_answer> stream(kube_request request, milliseconds idle,
                                                std::function<bool(std::string_view)> piece) = 0;

    // ask() in short. `control` as in kube_request.
    vmcp::awaitable<kube_answer> get(std::string target, vmcp::cancellation* control = nullptr);
    vmcp::awaitable<kube_answer> post(std::string target, std::string body,
                                      vmcp::cancellation* control = nullptr);
    vmcp::awaitable<kube_answer> put(std::string target, std::string body,
                                     vmcp::cancellation* control = nullptr);
    vmcp::awaitable<kube_answer> patch(std::string target, std::string body, std::string_view content_type,
                                       vmcp::cancellation* control = nullptr);

    // Closes idle connections, and keeps none from now on. To be called on its worker before that ends, or the worker would
    // wait for them.
    virtual void stop() = 0;

    // Of the access it was made with.
    [[nodiscard]] virtual const std::string& name_space() const noexcept = 0;
};

// Fails with errc::config when the access cannot be used: its URL or one of its certificates.
[[nodiscard]] vmcp::result<std::shared_ptr<kube_client>> make_kube_client(cluster_access access);

} // namespace kube
