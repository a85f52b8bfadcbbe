// What is read of the API server's documents: pages of lists, lines of watches, and its refusals. Pure functions; what they
// give points into the text.
#pragma once

#include "vmcp/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kube {

struct object_slice {
    std::string_view text{}; // the whole object
    std::string name{};
    std::string resource_version{}; // opaque: compared for equality, never for order
};

struct list_page {
    std::vector<object_slice> items{};
    std::string resource_version{};
    std::string next{}; // `continue`; empty: this was the last page
};

// Fails with errc::backend_protocol: it is no list.
[[nodiscard]] vmcp::result<list_page> read_list_page(std::string_view body);

struct watch_event {
    // `other`: of a type that is not known here, and to be passed over.
    enum class kind : std::uint8_t { put, erased, bookmark, error, other };
    kind type = kind::other;
    object_slice object{}; // of bookmarks the resource version alone
    // Of an error, which is a Status object.
    unsigned code = 0;
    std::string reason{};
    std::string message{};
    std::optional<std::chrono::seconds> retry_after{};

    // What was watched from is too old: it has to be listed anew.
    [[nodiscard]] bool is_expired() const noexcept;
};

// Fails with errc::backend_protocol: it is no event.
[[nodiscard]] vmcp::result<watch_event> read_watch_event(std::string_view line);

// Whether it can be the name of an object (RFC 1123 subdomain, or what older kinds allow): so that it can stand in a path or a
// selector.
[[nodiscard]] bool is_object_name(std::string_view name) noexcept;

} // namespace kube
