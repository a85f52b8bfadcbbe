#include "auth/cedar/c_request.hpp"

#include <type_traits>
#include <utility>
#include <variant>

namespace auth {
namespace {

vmcp_cedar_uid c_uid(const cedar_uid& from) noexcept {
    return {c_text(from.type), c_text(from.id)};
}

vmcp_cedar_value scalar(vmcp_cedar_kind kind, std::int64_t number, std::string_view text = {}) noexcept {
    return {static_cast<std::uint8_t>(kind), number, c_text(text), nullptr, 0};
}

} // namespace

vmcp_cedar_value c_arrays::value(const cedar_value& from) {
    if (const auto* flag = std::get_if<bool>(&from.data))
        return scalar(VMCP_CEDAR_BOOLEAN, *flag ? 1 : 0);
    if (const auto* number = std::get_if<std::int64_t>(&from.data))
        return scalar(VMCP_CEDAR_LONG, *number);
    if (const auto* decimal = std::get_if<cedar_decimal>(&from.data))
        return scalar(VMCP_CEDAR_DECIMAL, decimal->ten_thousandths);
    if (const auto* text = std::get_if<std::string>(&from.data))
        return scalar(VMCP_CEDAR_STRING, 0, *text);
    if (const auto* record = std::get_if<cedar_record>(&from.data)) {
        const auto inner = fields(record->fields);
        return {VMCP_CEDAR_RECORD, 0, c_text({}), inner.data(), inner.size()};
    }
    std::vector<vmcp_cedar_field> items;
    for (const auto& item : std::get<cedar_set>(from.data).items)
        items.push_back({c_text({}), value(item)});
    const auto& kept = fields_.emplace_back(std::move(items));
    return {VMCP_CEDAR_SET, 0, c_text({}), kept.data(), kept.size()};
}

std::span<const vmcp_cedar_field> c_arrays::fields(const std::vector<cedar_field>& from) {
    if (from.empty())
        return {};
    std::vector<vmcp_cedar_field> made;
    made.reserve(from.size());
    for (const auto& field : from)
        made.push_back({c_text(field.name), value(field.value)});
    return fields_.emplace_back(std::move(made));
}

vmcp_cedar_entity c_arrays::entity(const cedar_entity& from) {
    const auto attributes = fields(from.attributes);
    std::span<const vmcp_cedar_uid> parents;
    if (!from.parents.empty()) {
        auto& made = uids_.emplace_back();
        made.reserve(from.parents.size());
        for (const auto& parent : from.parents)
            made.push_back(c_uid(parent));
        parents = made;
    }
    return {c_uid(from.uid),   static_cast<std::uint8_t>(from.defined ? 1 : 0),
            attributes.data(), attributes.size(),
            parents.data(),    parents.size()};
}

} // namespace auth
