#include "vmcp/program/commands/entry_samples.hpp"

#include "vmcp/catalog/entry_check.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vmcp {
namespace {

constexpr auto tool = list_kind::tools;
constexpr auto prompt = list_kind::prompts;
constexpr auto resource = list_kind::resources;
constexpr auto uri_template_kind = list_kind::templates;

constexpr auto samples = std::to_array<entry_sample>({
    {tool, R"({"name":"t"})"},
    {tool, R"({"name":"t","inputSchema":null})"},
    {tool, R"({"name":"t","inputSchema":{}})"},
    {tool, R"({"name":"t","inputSchema":[]})"},
    {tool, R"({"name":"t","inputSchema":{"properties":{"a":{}}}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object","properties":[]}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object","required":null}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object","properties":{"a":true,"b":null}}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"string"}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object","properties":{"a":"string"}}})"},
    {tool, R"({"name":"t","inputSchema":"none"})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"description":null})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"description":5})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"description":"cut \ud83d"})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"annotations":[],"_meta":[],"icons":{}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":"yes"}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"_meta":{"tag":"\ud83d"}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"unknown":null})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":null})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"properties":{"a":{"type":null,"enum":null}}}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"properties":[]}}}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"type":"strng"}}}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"enum":[]}}}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"pattern":"(?i)x"}}}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","$id":5}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}})"},
    {tool,
     R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":{"anyOf":[{"type":"array"},{"type":"object"}]}})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"title":5})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"icons":[{"src":"data:,","theme":"blue"}]})"},
    {tool, R"({"name":"t","inputSchema":{"type":"object"},"execution":{"taskSupport":"maybe"}})"},
    {prompt, R"({"name":"p","arguments":null})"},
    {prompt, R"({"name":"p","arguments":{}})"},
    {prompt, R"({"name":"p","arguments":[{"name":"a","required":null}]})"},
    {prompt, R"({"name":"p","arguments":[{"description":"d"}]})"},
    {resource, R"({"uri":"r:1"})"},
    {resource, R"({"uri":"r:1","name":"n","mimeType":null})"},
    {resource, R"({"uri":"r:1","name":"n","size":12.0})"},
    {resource, R"({"uri":"r:1","name":"n","size":1.5})"},
    {resource, R"({"uri":"r:1","name":"n","annotations":{"lastModified":"2025-02-28T12:00:00+02:00"}})"},
    {resource, R"({"uri":"r:1","name":"n","annotations":{"lastModified":"2025-02-30T12:00:00Z"}})"},
    {resource, R"({"uri":"r:1","name":"n","annotations":{"priority":2}})"},
    {uri_template_kind, R"({"uriTemplate":"r:{x}"})"},
    {uri_template_kind, R"({"uriTemplate":"r:{x}","name":"n","mimeType":[]})"},
});

std::string_view word_for(const entry_verdict& verdict) {
    if (!verdict.problem.empty())
        return "hidden";
    return verdict.mended.empty() ? "passed" : "mended";
}

} // namespace

std::span<const entry_sample> entry_samples() noexcept {
    return samples;
}

sample_verdict verdict_of(const entry_sample& one) {
    auto all = check_for_all(one.kind, one.text);
    sample_verdict out{.word = word_for(all.usual)};
    out.reason = std::move(all.usual.problem.empty() ? all.usual.note : all.usual.problem);
    for (const auto& [revision, verdict] : all.otherwise)
        out.otherwise +=
            fmt::format("{}{}: {}", out.otherwise.empty() ? "" : ", ", text_of(revision), word_for(verdict));
    return out;
}

} // namespace vmcp
