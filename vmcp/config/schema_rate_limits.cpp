// The rows of rateLimiting: how many calls of tools are let through.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

using limits = rate_limit_config;
using tool = tool_rate_limit;

// The bucket that a row is about, of the configuration or of the tool that is being read.
template <auto Bucket>
std::optional<token_bucket_config>& bucket_of(config_draft& draft) {
    if constexpr (std::same_as<decltype(Bucket), std::optional<token_bucket_config> limits::*>)
        return draft.out.rate_limits.*Bucket;
    else
        return draft.out.rate_limits.tools.back().*Bucket;
}

template <auto Bucket>
void add_bucket(std::vector<schema_row>& rows, const std::string& at, std::string_view doc) {
    rows.push_back(
        {.path = at, .spec = section(), .doc = doc, .store = [](config_draft& draft, const config_value&) {
             bucket_of<Bucket>(draft).emplace();
         }});
    rows.push_back(
        {.path = at + ".maxTokens",
         .spec = integer(1, 2'147'483'647),
         .doc = "Calls that may come at once; each takes a token.",
         .store = [](config_draft& draft,
                     const config_value& value) { assign(bucket_of<Bucket>(draft)->max_tokens, value); },
         .required = true});
    rows.push_back(
        {.path = at + ".refillPeriod",
         .spec = duration(1, 365 * 24 * hour),
         .doc = "In this time as many tokens come back, evenly.",
         .store = [](config_draft& draft,
                     const config_value& value) { assign(bucket_of<Bucket>(draft)->refill_period, value); },
         .required = true});
}

void begin_tool(config_draft& draft, const config_value& value) {
    if (value.event == item_event::begin)
        draft.out.rate_limits.tools.clear();
    else
        draft.out.rate_limits.tools.emplace_back();
}

void store_name(config_draft& draft, const config_value& value) {
    draft.out.rate_limits.tools.back().name = value.text;
}

} // namespace

void add_rate_limit_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "rateLimiting",
                    .spec = section(),
                    .doc =
                        "How many calls of tools are let through. A call needs a token of each bucket that "
                        "applies to it; without one it "
                        "is refused with the time after which it may come again. Buckets are kept in this "
                        "process, where replicas do not share a store (`sessionStorage`)."});
    add_bucket<&limits::shared>(rows, "rateLimiting.shared", "Of all callers together, whatever they call.");
    add_bucket<&limits::per_user>(rows, "rateLimiting.perUser",
                                  "Of each caller, whatever it calls. Needs `incomingAuth.type: oidc`.");
    rows.push_back({.path = "rateLimiting.tools",
                    .spec = list_of(section()),
                    .doc = "Of single tools, besides those above.",
                    .store = begin_tool});
    rows.push_back({.path = "rateLimiting.tools[].name",
                    .spec = text(rules::line),
                    .doc = "The tool's name as clients see it.",
                    .store = store_name,
                    .required = true});
    add_bucket<&tool::shared>(rows, "rateLimiting.tools[].shared", "Of all callers of this tool together.");
    add_bucket<&tool::per_user>(rows, "rateLimiting.tools[].perUser",
                                "Of each caller of this tool. Needs `incomingAuth.type: oidc`.");
}

} // namespace vmcp::schema
