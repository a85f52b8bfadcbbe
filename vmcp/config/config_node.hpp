// A neutral tree for configuration text: what YAML and JSON have in common, with the place of every part.
// Core reads this, so that it never sees a YAML library.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Both count from 1; the column counts bytes.
struct text_position {
    unsigned line = 1;
    unsigned column = 1;
    friend auto operator<=>(const text_position&, const text_position&) = default;
};

enum class node_kind : std::uint8_t { null, scalar, sequence, mapping };

// "nothing", "text", "a list", "a mapping": for messages.
[[nodiscard]] std::string_view name_of(node_kind kind) noexcept;

struct config_member;

struct config_node {
    node_kind kind = node_kind::null;
    text_position at{};
    std::string text{};                 // of a scalar
    bool quoted = false;                // a quoted scalar is text, never a number or a boolean
    bool expanded = false;              // came from the environment or a file: must not be shown
    bool unresolved = false;            // names a variable or file that is missing, which has been reported
    std::vector<config_node> items{};   // of a sequence
    std::vector<config_member> members; // of a mapping, in the order of the text, keys unique

    // The value of `key`, or nullptr. Linear: the mappings that people write are short.
    [[nodiscard]] const config_node* find(std::string_view key) const noexcept;
    // The entry of a list, or nullptr.
    [[nodiscard]] const config_node* find(std::size_t index) const noexcept;
    // Where `key` stands; the mapping's own place when there is no such key.
    [[nodiscard]] text_position key_position(std::string_view key) const noexcept;
};

struct config_member {
    std::string key{};
    text_position key_at{};
    config_node value{};
};

// One parsed file; `file` is its name as the user gave it, "-" for standard input.
struct config_document {
    std::string file{};
    config_node root{};
};

// The way to a node: keys and list indexes from the root. Keys are kept apart, because they may hold dots.
class key_path {
public:
    key_path() = default;

    [[nodiscard]] key_path operator/(std::string_view key) const;
    [[nodiscard]] key_path operator/(std::size_t index) const;

    // `backends[0].url`, `outgoingAuth.backends["a.b"].type`; empty for the root.
    [[nodiscard]] std::string text() const;

    // Where to point a reader to: the node itself where it is a scalar, else its key; the nearest existing
    // ancestor where there is no such node.
    [[nodiscard]] text_position locate(const config_node& root) const;

    // The node, or nullptr.
    [[nodiscard]] const config_node* find(const config_node& root) const;

private:
    struct step {
        std::string key{};
        std::size_t index = 0;
        bool is_index = false;
    };
    std::vector<step> steps_{};
};

} // namespace vmcp
