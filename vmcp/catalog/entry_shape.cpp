// https://modelcontextprotocol.io/specification/2025-11-25/schema: Tool, Prompt, Resource, ResourceTemplate and what they
// consist of.
#include "vmcp/catalog/entry_shape.hpp"

#include <array>

namespace vmcp {
namespace {

constexpr shape text{.kind = shape_kind::text};
constexpr shape integer{.kind = shape_kind::integer};
constexpr shape flag{.kind = shape_kind::flag};
constexpr shape open_object{.kind = shape_kind::object};
constexpr shape texts{.kind = shape_kind::array, .element = &text};
constexpr shape object_schema{.kind = shape_kind::schema};
constexpr shape result_schema{.kind = shape_kind::result_schema};

constexpr std::array<std::string_view, 2> themes{"light", "dark"};
constexpr shape theme{.kind = shape_kind::one_of, .words = themes};
constexpr std::array<shape_member, 4> icon_members{
    {{"src", &text, true}, {"mimeType", &text}, {"sizes", &texts}, {"theme", &theme}}};
constexpr shape icon{.kind = shape_kind::object, .members = icon_members};
constexpr shape icons{.kind = shape_kind::array, .element = &icon};

constexpr std::array<shape_member, 5> tool_annotation_members{{{"title", &text},
                                                               {"readOnlyHint", &flag},
                                                               {"destructiveHint", &flag},
                                                               {"idempotentHint", &flag},
                                                               {"openWorldHint", &flag}}};
constexpr shape tool_annotations{.kind = shape_kind::object, .members = tool_annotation_members};

constexpr std::array<std::string_view, 3> task_supports{"forbidden", "optional", "required"};
constexpr shape task_support{.kind = shape_kind::one_of, .words = task_supports};
constexpr std::array<shape_member, 1> execution_members{{{"taskSupport", &task_support}}};
constexpr shape execution{.kind = shape_kind::object, .members = execution_members};

constexpr std::array<shape_member, 9> tool_members{
    {{"name", &text, true},
     {"title", &text},
     {"description", &text},
     {"inputSchema", &object_schema, true, R"({"type":"object"})"},
     {"outputSchema", &result_schema},
     {"annotations", &tool_annotations},
     {"execution", &execution},
     {"icons", &icons},
     {"_meta", &open_object}}};
constexpr shape tool{.kind = shape_kind::object, .members = tool_members};

constexpr std::array<shape_member, 4> argument_members{
    {{"name", &text, true}, {"title", &text}, {"description", &text}, {"required", &flag}}};
constexpr shape argument{.kind = shape_kind::object, .members = argument_members};
constexpr shape arguments{.kind = shape_kind::array, .element = &argument};
constexpr std::array<shape_member, 6> prompt_members{{{"name", &text, true},
                                                      {"title", &text},
                                                      {"description", &text},
                                                      {"arguments", &arguments},
                                                      {"icons", &icons},
                                                      {"_meta", &open_object}}};
constexpr shape prompt{.kind = shape_kind::object, .members = prompt_members};

constexpr std::array<std::string_view, 2> roles{"user", "assistant"};
constexpr shape role{.kind = shape_kind::one_of, .words = roles};
constexpr shape audience{.kind = shape_kind::array, .element = &role};
constexpr shape priority{.kind = shape_kind::fraction};
constexpr shape moment{.kind = shape_kind::moment};
constexpr std::array<shape_member, 3> annotation_members{
    {{"audience", &audience}, {"priority", &priority}, {"lastModified", &moment}}};
constexpr shape annotations{.kind = shape_kind::object, .members = annotation_members};

constexpr std::array<shape_member, 9> resource_members{{{"uri", &text, true},
                                                        {"name", &text, true, "@uri"},
                                                        {"title", &text},
                                                        {"description", &text},
                                                        {"mimeType", &text},
                                                        {"annotations", &annotations},
                                                        {"size", &integer},
                                                        {"icons", &icons},
                                                        {"_meta", &open_object}}};
constexpr shape resource{.kind = shape_kind::object, .members = resource_members};

constexpr std::array<shape_member, 8> template_members{{{"uriTemplate", &text, true},
                                                        {"name", &text, true, "@uriTemplate"},
                                                        {"title", &text},
                                                        {"description", &text},
                                                        {"mimeType", &text},
                                                        {"annotations", &annotations},
                                                        {"icons", &icons},
                                                        {"_meta", &open_object}}};
constexpr shape resource_template{.kind = shape_kind::object, .members = template_members};

} // namespace

const shape& shape_of(list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return tool;
    case list_kind::prompts:
        return prompt;
    case list_kind::resources:
        return resource;
    case list_kind::templates:
        break;
    }
    return resource_template;
}

} // namespace vmcp
