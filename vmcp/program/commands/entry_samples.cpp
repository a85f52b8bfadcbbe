#include "vmcp/program/commands/entry_samples.hpp"

#include "vmcp/catalog/entry_check.hpp"

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

} // namespace

std::span<const entry_sample> entry_samples() noexcept {
    return samples;
}

sample_verdict verdict_of(const entry_sample& one) {
    auto verdict = check_entry(one.kind, one.text);
    if (!verdict.problem.empty())
        return {"hidden", std::move(verdict.problem)};
    if (!verdict.mended.empty())
        return {"mended", std::move(verdict.note)};
    return {"passed"};
}

} // namespace vmcp
