// Where an HTTP redirect leads, as far as it is followed: with the same method and body, within the origin.
#pragma once

#include "vmcp/base/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace transport {

// 307 and 308 repeat the request as it was (RFC 9110 sections 15.4.8 and 15.4.9); the others make a GET of a POST.
[[nodiscard]] constexpr bool keeps_request(unsigned status) noexcept {
    return status == 307 || status == 308;
}

// The target (path and query) that the value of a Location field names, which may be relative to the URL `asked` (RFC 3986
// section 5.2). Nothing where it leads to another scheme, host or port, which must not get the request's credentials, and
// where it is no reference that a request could be sent to.
[[nodiscard]] std::optional<std::string> same_origin_target(const vmcp::url& asked,
                                                            std::string_view location);

// The value of a Location field as people may see it: without user info. Secrets that are known are for the caller to strike.
[[nodiscard]] std::string without_user_info(std::string_view location);

// Where a request to the URL `to`, but to `target` of it where that is not empty, is to be sent again after an answer of that status
// and Location; empty: nowhere.
[[nodiscard]] std::string redirect_target(unsigned status, const vmcp::url& to, std::string_view target,
                                          std::string_view location);

} // namespace transport
