// Small words to write the schema table with. Included by the table's files only.
#pragma once

#include "vmcp/config/schema.hpp"

#include <concepts>
#include <initializer_list>
#include <utility>

namespace vmcp::schema {

inline constexpr std::int64_t kib = 1 << 10;
inline constexpr std::int64_t mib = 1 << 20;
inline constexpr std::int64_t gib = 1 << 30;
inline constexpr std::int64_t second = 1'000;
inline constexpr std::int64_t minute = 60 * second;
inline constexpr std::int64_t hour = 60 * minute;

// ---- what stands behind a key

inline value_spec text(const text_rule& rule) {
    return {.kind = value_kind::text, .rule = &rule};
}
inline value_spec secret(const text_rule& rule) {
    return {.kind = value_kind::text, .rule = &rule, .secret = true};
}
inline value_spec boolean() {
    return {.kind = value_kind::boolean};
}
inline value_spec integer(std::int64_t least, std::int64_t most) {
    return {.kind = value_kind::integer, .least = least, .most = most};
}
inline value_spec duration(std::int64_t least, std::int64_t most) {
    return {.kind = value_kind::duration, .least = least, .most = most};
}
inline value_spec size(std::int64_t least, std::int64_t most) {
    return {.kind = value_kind::size, .least = least, .most = most};
}
inline value_spec choice(std::vector<std::string_view> choices, std::vector<std::string_view> later = {}) {
    return {.kind = value_kind::choice, .choices = std::move(choices), .later = std::move(later)};
}
inline value_spec section() {
    return {.kind = value_kind::section};
}
inline value_spec list_of(value_spec item) {
    item.shape = value_shape::list;
    return item;
}
inline value_spec map_of(value_spec item, const text_rule& keys) {
    item.shape = value_shape::map;
    item.key_rule = &keys;
    return item;
}

// ---- how it is stored

inline void assign(std::string& to, const config_value& value) {
    to = value.text;
}
inline void assign(std::optional<std::string>& to, const config_value& value) {
    to = value.text;
}
inline void assign(std::optional<bool>& to, const config_value& value) {
    to = value.flag;
}
inline void assign(milliseconds& to, const config_value& value) {
    to = value.duration;
}
template <std::unsigned_integral Number>
void assign(Number& to, const config_value& value) {
    if constexpr (std::same_as<Number, bool>)
        to = value.flag;
    else
        to = static_cast<Number>(value.number); // the row's range is within the type's
}
inline void assign(std::vector<std::string>& to, const config_value& value) {
    if (value.event == item_event::begin)
        to.clear();
    else
        to.push_back(value.text);
}
inline void assign(std::optional<std::vector<std::string>>& to, const config_value& value) {
    if (!to)
        to.emplace();
    assign(*to, value);
}
template <class Mapped>
void assign(std::map<std::string, Mapped>& to, const config_value& value) {
    if (value.event == item_event::begin)
        to.clear();
    else
        assign(to[value.key], value);
}

// Stores into a member of the configuration: into<&config::log, &log_config::level>.
template <auto... Path>
void into(config_draft& draft, const config_value& value) {
    assign((draft.out.*....*Path), value);
}

// Stores into a member of what is being read: into_current<&config_draft::backend, &backend_config::url>.
template <auto Current, auto... Path>
void into_current(config_draft& draft, const config_value& value) {
    assign((*(draft.*Current).*....*Path), value);
}

// ---- the parts of the table

void add_identity_rows(std::vector<schema_row>& rows);
void add_backend_rows(std::vector<schema_row>& rows);
void add_program_rows(std::vector<schema_row>& rows, const std::string& at); // of the backend at that path
void add_incoming_auth_rows(std::vector<schema_row>& rows);
void add_auth_rows(std::vector<schema_row>& rows);
void add_authz_rows(std::vector<schema_row>& rows);                        // a part of add_incoming_auth_rows
void add_token_rows(std::vector<schema_row>& rows, const std::string& at); // of the strategy at that path
void add_aws_rows(std::vector<schema_row>& rows, const std::string& at);   // the same
void add_aggregation_rows(std::vector<schema_row>& rows);
void add_cluster_rows(std::vector<schema_row>& rows);
void add_operational_rows(std::vector<schema_row>& rows);
void add_listener_rows(std::vector<schema_row>& rows);
void add_limit_rows(std::vector<schema_row>& rows);
void add_process_rows(std::vector<schema_row>& rows);
void add_audit_rows(std::vector<schema_row>& rows);
void add_rate_limit_rows(std::vector<schema_row>& rows);
void add_telemetry_rows(std::vector<schema_row>& rows);
void add_storage_rows(std::vector<schema_row>& rows);
void add_later_rows(std::vector<schema_row>& rows);

} // namespace vmcp::schema
