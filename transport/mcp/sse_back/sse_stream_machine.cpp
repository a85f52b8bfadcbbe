#include "transport/mcp/sse_back/sse_stream_machine.hpp"

#include "transport/http/redirect.hpp"
#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace transport {

namespace {

// Scheme, host and port alone: the rest may hold what lets others into the session. Empty: it is no URL with these.
std::string origin_in(std::string_view reference, const vmcp::url& base) {
    auto text = without_user_info(reference);
    if (text.starts_with("//"))
        text.insert(0, base.tls ? "https:" : "http:");
    const auto url = vmcp::parse_url(text);
    return url ? fmt::format("{}://{}", url->tls ? "https" : "http", url->authority) : std::string();
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

} // namespace

sse_stream_machine::step sse_stream_machine::next() {
    if (why_)
        return step::failed;
    while (events_.next() == sse_step::event) {
        const auto& event = events_.event();
        if (event.event == "endpoint" && target_.empty())
            return take_endpoint(event.data);
        if (event.is_message() && !target_.empty())
            return step::message;
    }
    if (events_.failed())
        return fail("an event on its stream is larger than may be read (limits.maxBackendBody)");
    return step::more;
}

sse_stream_machine::step sse_stream_machine::fail(std::string detail) {
    why_ = vmcp::fail(vmcp::errc::backend_protocol, std::move(detail));
    return step::failed;
}

sse_stream_machine::step sse_stream_machine::take_endpoint(std::string_view reference) {
    if (reference.size() > longest_endpoint)
        return fail(
            fmt::format("its endpoint event has {} bytes, more than {}", reference.size(), longest_endpoint));
    reference = without_blanks(reference);
    auto target = same_origin_target(asked_, reference);
    const auto origin = target ? std::string() : origin_in(reference, asked_);
    if (!target && origin.empty())
        return fail("its endpoint event is no URL that can be used: a path, or http or https");
    if (!target)
        return fail(fmt::format(
            "its endpoint event leads to another origin than its url ({}), where no message is sent; a "
            "server behind a proxy has to say its public URL there, or a path",
            vmcp::excerpt_of(origin)));
    target_ = *std::move(target);
    return step::endpoint;
}

} // namespace transport
