// One recursive walk; its depth is that of the schema.
#include "vmcp/config/tree_reader.hpp"

#include "vmcp/config/schema.hpp"
#include "vmcp/config/schema_words.hpp"
#include "vmcp/config/value_text.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

class tree_reader {
public:
    tree_reader(const schema_node& schema, config_draft& draft, problem_list& problems)
        : schema_(schema)
        , draft_(draft)
        , problems_(problems) {}

    void document(const config_node& root) {
        if (root.kind != node_kind::mapping)
            return problems_.add(root.at, "",
                                 "expected a mapping of keys to values, such as 'backends: [...]'");
        section(root, schema_, {});
    }

private:
    void complain(const config_node& node, const key_path& path, std::string message) {
        problems_.add(node.at, path.text(), std::move(message));
    }

    void section(const config_node& node, const schema_node& schema, const key_path& path) {
        if (node.kind != node_kind::mapping && node.kind != node_kind::null)
            return complain(node, path, "expected a mapping, found " + std::string(name_of(node.kind)));
        bool refused = false;
        for (const auto& member : node.members) {
            if (problems_.full())
                return;
            const schema_node* row = schema.find(member.key);
            if (row == nullptr) {
                problems_.add(member.key_at, (path / member.key).text(),
                              unknown_key_text(schema_, schema, member.key));
            } else if (row->row.not_yet) {
                refused = true;
                problems_.add(member.key_at, (path / member.key).text(), not_yet_text(row->row));
            } else {
                entry(member.value, *row, path / member.key);
            }
        }
        if (!refused) // else the missing keys are a consequence
            required(node, schema, path);
    }

    void required(const config_node& node, const schema_node& schema, const key_path& path) {
        for (const auto& child : schema.children) {
            const bool wants =
                child.row.required || (!child.row.unless.empty() && node.find(child.row.unless) == nullptr);
            if (wants && node.find(child.key) == nullptr)
                complain(node, path / child.key,
                         "required key '" + child.key + "' is missing: " + wanted(child.row));
        }
    }

    void entry(const config_node& node, const schema_node& schema, const key_path& path) {
        switch (schema.row.spec.shape) {
        case value_shape::one:
            return one(node, schema, path, "");
        case value_shape::list:
            return list(node, schema, path);
        case value_shape::map:
            return map(node, schema, path);
        }
    }

    void list(const config_node& node, const schema_node& schema, const key_path& path) {
        if (node.kind != node_kind::sequence && node.kind != node_kind::null)
            return complain(node, path, "expected a list, found " + std::string(name_of(node.kind)));
        store(schema, {.event = item_event::begin, .path = path});
        for (std::size_t i = 0; i < node.items.size(); ++i)
            one(node.items[i], schema, path / i, "");
    }

    void map(const config_node& node, const schema_node& schema, const key_path& path) {
        if (node.kind != node_kind::mapping && node.kind != node_kind::null)
            return complain(node, path, "expected a mapping, found " + std::string(name_of(node.kind)));
        store(schema, {.event = item_event::begin, .path = path});
        for (const auto& member : node.members) {
            const auto here = path / member.key;
            if (const auto found = schema.row.spec.key_rule->problem(member.key))
                problems_.add(member.key_at, here.text(),
                              "the key '" + member.key + "' " + *found + " (" +
                                  std::string(schema.row.spec.key_rule->name) + ")");
            else
                one(member.value, schema, here, member.key);
        }
    }

    void one(const config_node& node, const schema_node& schema, const key_path& path,
             const std::string& key) {
        config_value value{.key = key, .path = path};
        if (schema.row.spec.kind == value_kind::section) {
            store(schema, std::move(value));
            return section(node, schema, path);
        }
        if (node.unresolved)
            return; // reported when it was expanded
        if (node.kind != node_kind::scalar)
            return complain(node, path,
                            "expected " + wanted(schema.row) + ", found " + std::string(name_of(node.kind)));
        // What came from a variable or a file is not the text's fault.
        if (auto found = scalar(node, schema.row, value))
            return problems_.add(node.at, path.text(), std::move(*found), node.expanded);
        store(schema, std::move(value));
    }

    void store(const schema_node& schema, config_value value) {
        if (schema.row.store != nullptr)
            schema.row.store(draft_, value);
    }

    // Fills in the member of `value` that belongs to the row's kind, or says what is wrong.
    static std::optional<std::string> scalar(const config_node& node, const schema_row& row,
                                             config_value& value) {
        const value_spec& spec = row.spec;
        // Quotes make a scalar text; where they surround ${...} they had to be there.
        const bool literal = node.quoted && !node.expanded;
        switch (spec.kind) {
        case value_kind::text:
            value.text = node.text;
            return spec.rule->problem(node.text);
        case value_kind::choice:
            value.text = node.text;
            return choice_problem(node, spec);
        case value_kind::boolean:
            if (const auto flag = parse_bool(node.text); flag && !literal) {
                value.flag = *flag;
                return std::nullopt;
            }
            break;
        case value_kind::integer:
            if (const auto number = parse_integer(node.text); number && !literal) {
                value.number = *number;
                return range_problem(*number, row);
            }
            break;
        case value_kind::duration:
            if (const auto duration = parse_duration(node.text)) {
                value.duration = *duration;
                return range_problem(duration->count(), row);
            }
            break;
        case value_kind::size:
            if (const auto size = parse_size(node.text)) {
                value.number = *size;
                return range_problem(*size, row);
            }
            break;
        case value_kind::section:
            break;
        }
        return "expected " + wanted(row) + ", found " + shown(node, spec);
    }

    static std::optional<std::string> range_problem(std::int64_t number, const schema_row& row) {
        if (number >= row.spec.least && number <= row.spec.most)
            return std::nullopt;
        return "must be " + range_text(row.spec);
    }

    static std::optional<std::string> choice_problem(const config_node& node, const value_spec& spec) {
        const auto has = [&](const std::vector<std::string_view>& values) {
            return std::find(values.begin(), values.end(), node.text) != values.end();
        };
        if (has(spec.choices))
            return std::nullopt;
        if (has(spec.later))
            return "'" + node.text + "' is not supported yet; " + choices_text(spec);
        return "expected " + choices_text(spec) + ", found " + shown(node, spec) +
               did_you_mean(node.expanded ? "" : node.text, spec.choices);
    }

    const schema_node& schema_;
    config_draft& draft_;
    problem_list& problems_;
};

} // namespace

void read_tree(const config_node& root, config_draft& draft, problem_list& problems) {
    const schema_node schema = schema_tree();
    tree_reader(schema, draft, problems).document(root);
}

} // namespace vmcp
