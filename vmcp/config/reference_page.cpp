// An introduction, one table per section, and what is refused.
#include "vmcp/config/reference_page.hpp"

#include "vmcp/config/schema.hpp"
#include "vmcp/config/schema_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vmcp {
namespace {

constexpr std::string_view introduction = R"(# Configuration

<!-- Generated from the table of keys in vmcp/config; do not edit. To write it anew:
     VMCP_UPDATE_DOCS=1 build/dev/bin/unit_config --gtest_filter='reference_page.*' -->

`vmcp serve --config FILE` reads one YAML file (`-` is standard input; JSON is YAML too). `vmcp validate --config FILE`
checks it without serving, `vmcp schema` prints its JSON Schema for editors, and `vmcp init --from mcp.json` writes a
first file from the configuration of an MCP client. The smallest useful file is

```yaml
backends:
  - name: weather
    url: http://127.0.0.1:9101/mcp
```

The folder `examples/` has one file per topic. Keys have the names that ToolHive's vMCP gives them where it has such a
key.

## Rules

- A key is accepted only when it has an effect. Any other key is an error, with the nearest known key. All errors are
  reported at once, each as `file:line:column: key: what is wrong`.
- **Values from outside**, in values only, never in keys:

  | Written | Becomes |
  |---|---|
  | `${NAME}` or `${env:NAME}` | the environment variable NAME; an error where it is not set |
  | `${NAME:-text}` | the same, or `text` where NAME is not set or empty |
  | `${file:PATH}` | the content of the file, without the line end at its end |
  | `$$` | one `$` |

  What was filled in is not expanded again, and is never shown in a message. Relative paths, here and in keys that end
  in `Path`, are seen from the folder of the configuration file.
- **Durations** are numbers with a unit: `250ms`, `30s`, `5m`, `1h30m`. **Sizes** are bytes, or numbers with `KiB`,
  `MiB`, `GiB` (powers of 1024), `kB`, `MB`, `GB` (powers of 1000).
- The text is UTF-8, at most 4 MiB, one YAML document, indented with spaces. Anchors, aliases, merge keys and tags are
  not supported; a key that stands twice in one mapping is an error.
- On reload, a file with an error changes nothing.

)";

std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text)
        out.append(c == '|' ? "\\|" : std::string(1, c));
    return out;
}

std::string value_words(const schema_row& row) {
    const value_spec& spec = row.spec;
    switch (spec.kind) {
    case value_kind::text:
        return std::string(spec.rule->name);
    case value_kind::boolean:
        return "`true` or `false`";
    case value_kind::integer:
        return fmt::format("integer {}", range_text(spec));
    case value_kind::duration:
        return fmt::format("duration {}", range_text(spec));
    case value_kind::size:
        return fmt::format("size {}", range_text(spec));
    case value_kind::choice:
        return fmt::format("`{}`", fmt::join(spec.choices, "`, `"));
    case value_kind::section:
        break;
    }
    return "section";
}

std::string type_words(const schema_row& row) {
    switch (row.spec.shape) {
    case value_shape::one:
        break;
    case value_shape::list:
        return "list of " + (row.spec.kind == value_kind::section ? "sections" : value_words(row));
    case value_shape::map:
        return fmt::format("mapping from {} to {}", row.spec.key_rule->name, value_words(row));
    }
    return value_words(row);
}

std::string default_words(const schema_row& row) {
    if (row.required)
        return "required";
    if (!row.unless.empty())
        return fmt::format("required, unless there is `{}`", row.unless);
    return row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback);
}

bool has_rows(const schema_node& section) {
    for (const auto& child : section.children) {
        if (!child.row.not_yet)
            return true;
    }
    return false;
}

void add_table(std::string& out, const schema_node& section) {
    out.append("| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    for (const auto& child : section.children) {
        if (!child.row.not_yet)
            fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", child.key,
                           cell(type_words(child.row)), cell(default_words(child.row)), cell(child.row.doc));
    }
    out.append("\n");
}

// The sections below `parent`, each with its table, outer ones first.
void add_sections(std::string& out, const schema_node& parent) {
    for (const auto& child : parent.children) {
        if (child.row.spec.kind != value_kind::section || !has_rows(child) || child.row.not_yet)
            continue;
        if (child.row.path == "servers")
            continue; // as mcpServers, which has its table
        std::string path = child.row.path;
        path.append(child.row.spec.shape == value_shape::list  ? "[]"
                    : child.row.spec.shape == value_shape::map ? ".*"
                                                               : "");
        fmt::format_to(std::back_inserter(out), "### `{}`\n\n{}\n\n", path, child.row.doc);
        add_table(out, child);
        add_sections(out, child);
    }
}

void add_refused(std::string& out, const schema_node& parent) {
    for (const auto& child : parent.children) {
        if (child.row.not_yet)
            fmt::format_to(std::back_inserter(out), "| `{}` | {} |\n", child.row.path, cell(child.row.doc));
        for (const auto value : child.row.spec.later)
            fmt::format_to(std::back_inserter(out), "| `{}: {}` | |\n", child.row.path, value);
        add_refused(out, child);
    }
}

} // namespace

std::string config_reference_page() {
    const schema_node root = schema_tree();
    std::string out(introduction);
    out.append("## Keys\n\n");
    add_table(out, root);
    add_sections(out, root);
    out.append("## Not supported yet\n\nThese keys and values are known from ToolHive or from MCP clients. "
               "They have no "
               "effect yet, so they are refused as \"not supported yet\".\n\n| Key | Instead |\n|---|---|\n");
    add_refused(out, root);
    return out;
}

} // namespace vmcp
