// https://modelcontextprotocol.io/specification/2025-11-25/schema: Tool, Prompt, Resource, ResourceTemplate and what they
// consist of, and since when (the same page of the other revisions).
#include "vmcp/catalog/entry_shape.hpp"

#include <array>

namespace vmcp {
namespace {

constexpr auto june_2025 = list_revision::of_2025_06_18;
constexpr auto november_2025 = list_revision::of_2025_11_25;

// An optional member that not all revisions have.
constexpr shape_member since(list_revision first, std::string_view key, const shape& value,
                             list_revision last = all_list_revisions.back()) {
    return {.key = key, .value = &value, .since = first, .until = last};
}

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
     since(june_2025, "title", text),
     {"description", &text},
     {"inputSchema", &object_schema, true, R"({"type":"object"})"},
     since(june_2025, "outputSchema", result_schema),
     {"annotations", &tool_annotations},
     since(november_2025, "execution", execution, november_2025),
     since(november_2025, "icons", icons),
     since(june_2025, "_meta", open_object)}};
constexpr shape tool{.kind = shape_kind::object, .members = tool_members};

constexpr std::array<shape_member, 4> argument_members{
    {{"name", &text, true}, since(june_2025, "title", text), {"description", &text}, {"required", &flag}}};
constexpr shape argument{.kind = shape_kind::object, .members = argument_members};
constexpr shape arguments{.kind = shape_kind::array, .element = &argument};
constexpr std::array<shape_member, 6> prompt_members{{{"name", &text, true},
                                                      since(june_2025, "title", text),
                                                      {"description", &text},
                                                      {"arguments", &arguments},
                                                      since(november_2025, "icons", icons),
                                                      since(june_2025, "_meta", open_object)}};
constexpr shape prompt{.kind = shape_kind::object, .members = prompt_members};

constexpr std::array<std::string_view, 2> roles{"user", "assistant"};
constexpr shape role{.kind = shape_kind::one_of, .words = roles};
constexpr shape audience{.kind = shape_kind::array, .element = &role};
constexpr shape priority{.kind = shape_kind::fraction};
constexpr shape moment{.kind = shape_kind::moment};
constexpr std::array<shape_member, 3> annotation_members{
    {{"audience", &audience}, {"priority", &priority}, since(june_2025, "lastModified", moment)}};
constexpr shape annotations{.kind = shape_kind::object, .members = annotation_members};

constexpr std::array<shape_member, 9> resource_members{{{"uri", &text, true},
                                                        {"name", &text, true, "@uri"},
                                                        since(june_2025, "title", text),
                                                        {"description", &text},
                                                        {"mimeType", &text},
                                                        {"annotations", &annotations},
                                                        {"size", &integer},
                                                        since(november_2025, "icons", icons),
                                                        since(june_2025, "_meta", open_object)}};
constexpr shape resource{.kind = shape_kind::object, .members = resource_members};

constexpr std::array<shape_member, 8> template_members{{{"uriTemplate", &text, true},
                                                        {"name", &text, true, "@uriTemplate"},
                                                        since(june_2025, "title", text),
                                                        {"description", &text},
                                                        {"mimeType", &text},
                                                        {"annotations", &annotations},
                                                        since(november_2025, "icons", icons),
                                                        since(june_2025, "_meta", open_object)}};
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
