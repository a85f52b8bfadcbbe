// The rows of aggregation: how the backends' tools become one list.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto workload = &config_draft::workload;
constexpr auto tool = &config_draft::tool;

void store_resolution(config_draft& draft, const config_value& value) {
    draft.out.aggregation.resolution = value.text == "manual"     ? conflict_resolution::manual
                                       : value.text == "priority" ? conflict_resolution::priority
                                                                  : conflict_resolution::prefix;
}

void store_invalid_entries(config_draft& draft, const config_value& value) {
    draft.out.aggregation.invalid_entries = value.text == "hide"   ? invalid_entries::hide
                                            : value.text == "pass" ? invalid_entries::pass
                                                                   : invalid_entries::repair;
}

void begin_workload(config_draft& draft, const config_value& value) {
    if (value.event == item_event::begin)
        return;
    draft.workload = &draft.out.aggregation.tools.emplace_back();
    draft.workload_paths.push_back(value.path);
    draft.tool_configs.emplace_back();
}

void begin_override(config_draft& draft, const config_value& value) {
    if (value.event == item_event::value)
        draft.tool = &draft.workload->overrides[value.key];
}

void add_override_rows(std::vector<schema_row>& rows) {
    const std::string at = "aggregation.tools[].overrides";
    rows.push_back({.path = at,
                    .spec = map_of(section(), rules::line),
                    .doc = "Changes to single tools, by the name that the backend gives them.",
                    .store = begin_override});
    rows.push_back({.path = at + ".*.name",
                    .spec = text(rules::tool_name),
                    .doc = "The new name; the conflict rule is applied to it.",
                    .store = into_current<tool, &tool_override::name>});
    rows.push_back({.path = at + ".*.description",
                    .spec = text(rules::prose),
                    .doc = "The new description.",
                    .store = into_current<tool, &tool_override::description>});
    rows.push_back({.path = at + ".*.annotations",
                    .spec = section(),
                    .doc = "Annotations to set; those not named stay as the backend wrote them."});
    rows.push_back({.path = at + ".*.annotations.title",
                    .spec = text(rules::prose),
                    .doc = "The title shown to people.",
                    .store = into_current<tool, &tool_override::annotations, &annotation_override::title>});
    rows.push_back(
        {.path = at + ".*.annotations.readOnlyHint",
         .spec = boolean(),
         .doc = "The tool changes nothing.",
         .store = into_current<tool, &tool_override::annotations, &annotation_override::read_only_hint>});
    rows.push_back(
        {.path = at + ".*.annotations.destructiveHint",
         .spec = boolean(),
         .doc = "The tool may delete or overwrite.",
         .store = into_current<tool, &tool_override::annotations, &annotation_override::destructive_hint>});
    rows.push_back(
        {.path = at + ".*.annotations.idempotentHint",
         .spec = boolean(),
         .doc = "A second call with the same arguments changes nothing more.",
         .store = into_current<tool, &tool_override::annotations, &annotation_override::idempotent_hint>});
    rows.push_back(
        {.path = at + ".*.annotations.openWorldHint",
         .spec = boolean(),
         .doc = "The tool reaches things outside its own system.",
         .store = into_current<tool, &tool_override::annotations, &annotation_override::open_world_hint>});
}

} // namespace

void add_aggregation_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "aggregation",
                    .spec = section(),
                    .doc = "How the backends' tools, prompts and resources become one list."});
    rows.push_back(
        {.path = "aggregation.conflictResolution",
         .spec = choice({"prefix", "priority", "manual"}),
         .fallback = "prefix",
         .doc = "`prefix`: every tool gets its backend's prefix. `priority`: names stay bare, and of equal "
                "names the backend that comes first in `priorityOrder` wins. `manual`: equal names must be "
                "told apart by `overrides`.",
         .store = store_resolution});
    rows.push_back({.path = "aggregation.conflictResolutionConfig",
                    .spec = section(),
                    .doc = "Settings of the conflict rule."});
    rows.push_back({.path = "aggregation.conflictResolutionConfig.prefixFormat",
                    .spec = text(rules::prefix_format),
                    .fallback = "{workload}_",
                    .doc = "The prefix; `{workload}` stands for the backend's name.",
                    .store = into<&config::aggregation, &aggregation_config::prefix_format>});
    rows.push_back({.path = "aggregation.conflictResolutionConfig.priorityOrder",
                    .spec = list_of(text(rules::backend_name)),
                    .doc = "Backend names, the strongest first. Required for `priority`.",
                    .store = into<&config::aggregation, &aggregation_config::priority_order>});
    rows.push_back({.path = "aggregation.excludeAllTools",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Hides every tool.",
                    .store = into<&config::aggregation, &aggregation_config::exclude_all_tools>});
    rows.push_back({.path = "aggregation.defaultToolVisibility",
                    .spec = choice({"allow", "deny"}),
                    .fallback = "allow",
                    .doc = "`deny`: only tools of backends that stand in `tools` are shown.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.aggregation.default_visible = value.text == "allow";
                    }});
    rows.push_back(
        {.path = "aggregation.invalidEntries",
         .spec = choice({"repair", "hide", "pass"}),
         .fallback = "repair",
         .doc = "What becomes of entries of a backend's lists that do not fit the protocol's schema, and for "
                "which "
                "many clients would refuse the whole list. `repair`: what can be mended without losing "
                "anything is "
                "(`null` for an optional member, `[]` for an object, no schema for a tool without "
                "arguments), an output schema that clients cannot compile is left out, and the "
                "rest is hidden. `hide`: all of them are hidden. `pass`: all of them are shown as they are.",
         .store = store_invalid_entries});
    rows.push_back({.path = "aggregation.tools",
                    .spec = list_of(section()),
                    .doc = "Per backend: which tools are shown, and how.",
                    .store = begin_workload});
    rows.push_back({.path = "aggregation.tools[].workload",
                    .spec = text(rules::backend_name),
                    .doc = "The backend's name.",
                    .store = into_current<workload, &workload_tools::workload>,
                    .required = true});
    rows.push_back(
        {.path = "aggregation.tools[].toolConfigRef",
         .spec = section(),
         .doc = "An MCPToolConfig of the cluster, with `outgoingAuth.source: discovered`, in place of "
                "`filter` and `overrides`. Followed while it changes; until it can be read, no tool "
                "of this backend is shown."});
    rows.push_back({.path = "aggregation.tools[].toolConfigRef.name",
                    .spec = text(rules::line),
                    .doc = "Its name, in the namespace of the backends.",
                    .store = [](config_draft& draft,
                                const config_value& value) { draft.tool_configs.back() = value.text; },
                    .required = true});
    rows.push_back({.path = "aggregation.tools[].filter",
                    .spec = list_of(text(rules::line)),
                    .doc = "Only these tools are shown, by their names after `overrides`. Without it: all.",
                    .store = into_current<workload, &workload_tools::filter>});
    rows.push_back(
        {.path = "aggregation.tools[].exclude",
         .spec = list_of(text(rules::line)),
         .doc =
             "These tools are not shown, by their names after `overrides`, also where `filter` names them.",
         .store = into_current<workload, &workload_tools::exclude>});
    rows.push_back({.path = "aggregation.tools[].excludeAll",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Hides all tools of this backend.",
                    .store = into_current<workload, &workload_tools::exclude_all>});
    add_override_rows(rows);
}

} // namespace vmcp::schema
