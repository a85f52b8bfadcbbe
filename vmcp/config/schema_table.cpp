// Puts the parts of the table together and builds the tree from it.
#include "vmcp/config/schema_builders.hpp"

#include <algorithm>
#include <stdexcept>

namespace vmcp {
namespace {

// Splits "backends[].url" into "backends" and "url": list and map marks belong to the section before them.
std::vector<std::string> sections_of(std::string_view path) {
    std::vector<std::string> out{""};
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto rest = path.substr(i);
        if (rest.starts_with("[].") || rest.starts_with(".*.")) {
            out.emplace_back();
            i += 2;
        } else if (rest.front() == '.') {
            out.emplace_back();
        } else {
            out.back().push_back(rest.front());
        }
    }
    return out;
}

void insert(schema_node& root, schema_row row) {
    const auto keys = sections_of(row.path);
    schema_node* node = &root;
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
        const auto found = std::find_if(node->children.begin(), node->children.end(),
                                        [&](const schema_node& child) { return child.key == keys[i]; });
        if (found == node->children.end())
            throw std::logic_error("schema table: no row for the section of " + row.path);
        node = &*found;
    }
    node->children.push_back({keys.back(), std::move(row), {}});
}

} // namespace

const schema_node* schema_node::find(std::string_view wanted) const noexcept {
    const auto found = std::find_if(children.begin(), children.end(),
                                    [wanted](const schema_node& child) { return child.key == wanted; });
    return found == children.end() ? nullptr : &*found;
}

std::vector<schema_row> schema_table() {
    std::vector<schema_row> rows;
    schema::add_identity_rows(rows);
    schema::add_backend_rows(rows);
    schema::add_auth_rows(rows);
    schema::add_aggregation_rows(rows);
    schema::add_cluster_rows(rows);
    schema::add_operational_rows(rows);
    schema::add_listener_rows(rows);
    schema::add_limit_rows(rows);
    schema::add_rate_limit_rows(rows);
    schema::add_process_rows(rows);
    schema::add_telemetry_rows(rows);
    schema::add_audit_rows(rows);
    schema::add_storage_rows(rows);
    schema::add_later_rows(rows);
    return rows;
}

schema_node schema_tree() {
    schema_node root;
    root.row.spec = schema::section();
    for (auto& row : schema_table())
        insert(root, std::move(row));
    return root;
}

} // namespace vmcp
