// Looking things up in the configuration tree, and naming them.
#include "vmcp/config/config_node.hpp"

#include <algorithm>

namespace vmcp {
namespace {

bool is_plain_key(std::string_view key) noexcept {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !key.empty() && key.find_first_not_of(plain) == std::string_view::npos;
}

} // namespace

std::string_view name_of(node_kind kind) noexcept {
    switch (kind) {
    case node_kind::null:
        return "nothing";
    case node_kind::scalar:
        return "text";
    case node_kind::sequence:
        return "a list";
    case node_kind::mapping:
        return "a mapping";
    }
    return "";
}

const config_node* config_node::find(std::string_view key) const noexcept {
    const auto found =
        std::find_if(members.begin(), members.end(), [key](const config_member& m) { return m.key == key; });
    return found == members.end() ? nullptr : &found->value;
}

const config_node* config_node::find(std::size_t index) const noexcept {
    return index < items.size() ? &items[index] : nullptr;
}

text_position config_node::key_position(std::string_view key) const noexcept {
    const auto found =
        std::find_if(members.begin(), members.end(), [key](const config_member& m) { return m.key == key; });
    return found == members.end() ? at : found->key_at;
}

key_path key_path::operator/(std::string_view key) const {
    key_path out = *this;
    out.steps_.push_back({std::string(key), 0, false});
    return out;
}

key_path key_path::operator/(std::size_t index) const {
    key_path out = *this;
    out.steps_.push_back({{}, index, true});
    return out;
}

std::string key_path::text() const {
    std::string out;
    for (const auto& step : steps_) {
        if (step.is_index)
            out.append("[").append(std::to_string(step.index)).append("]");
        else if (!is_plain_key(step.key))
            out.append("[\"").append(step.key).append("\"]");
        else
            out.append(out.empty() ? "" : ".").append(step.key);
    }
    return out;
}

text_position key_path::locate(const config_node& root) const {
    const config_node* node = &root;
    text_position at = root.at;
    for (const auto& step : steps_) {
        const config_node* next = step.is_index ? node->find(step.index) : node->find(step.key);
        if (next == nullptr)
            return at;
        at = step.is_index || next->kind == node_kind::scalar ? next->at : node->key_position(step.key);
        node = next;
    }
    return at;
}

const config_node* key_path::find(const config_node& root) const {
    const config_node* node = &root;
    for (const auto& step : steps_) {
        node = step.is_index ? node->find(step.index) : node->find(step.key);
        if (node == nullptr)
            return nullptr;
    }
    return node;
}

} // namespace vmcp
