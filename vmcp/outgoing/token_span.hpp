// The span of one request to a token endpoint. The endpoint is not told of the trace: it is no part of the call, and another
// party's.
#pragma once

#include "auth/fetch.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/model/tracer.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// The first span of a trace of its own: tokens are for all calls that wait for them.
class token_span {
public:
    token_span(std::string_view backend, std::string_view endpoint) : span_({}, span_kind::client) {
        auto* const record = span_.record();
        if (record == nullptr)
            return;
        record->name = "token";
        record->add("vmcp.backend", backend);
        record->add("http.request.method", "POST");
        record->add("url.full", shown_url(endpoint));
    }

    void ended(const auth::fetch_result& came) {
        auto* const record = span_.record();
        if (record == nullptr)
            return;
        if (came.status != 0)
            record->add("http.response.status_code", std::int64_t{came.status});
        if (!came.error.empty())
            record->fail("unreachable", came.error);
        else if (came.status != 200)
            record->fail(std::to_string(came.status), {});
        span_.end();
    }

private:
    running_span span_;
};

} // namespace vmcp
