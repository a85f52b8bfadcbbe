// What Cedar decides about, as plain values: entities, attributes, requests
// (https://docs.cedarpolicy.com/auth/entities-syntax.html and .../auth/context.html).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace auth {

// Type::"id".
struct cedar_uid {
    std::string type{};
    std::string id{};

    friend bool operator==(const cedar_uid&, const cedar_uid&) = default;
};

// Cedar's decimal: four digits behind the point.
struct cedar_decimal {
    std::int64_t ten_thousandths = 0;

    friend bool operator==(const cedar_decimal&, const cedar_decimal&) = default;
};

struct cedar_value;
struct cedar_field;

// The order of a set does not count, and neither does what is in it twice.
struct cedar_set {
    std::vector<cedar_value> items;
};

// Of two fields with one name the later counts.
struct cedar_record {
    std::vector<cedar_field> fields;
};

struct cedar_value {
    using data_type = std::variant<bool, std::int64_t, cedar_decimal, std::string, cedar_set, cedar_record>;
    data_type data;
};

struct cedar_field {
    std::string name{};
    cedar_value value{};
};

[[nodiscard]] inline bool operator==(const cedar_set& a, const cedar_set& b);
[[nodiscard]] inline bool operator==(const cedar_record& a, const cedar_record& b);
[[nodiscard]] inline bool operator==(const cedar_value& a, const cedar_value& b) {
    return a.data == b.data;
}
[[nodiscard]] inline bool operator==(const cedar_field& a, const cedar_field& b) {
    return a.name == b.name && a.value == b.value;
}
inline bool operator==(const cedar_set& a, const cedar_set& b) {
    return a.items == b.items;
}
inline bool operator==(const cedar_record& a, const cedar_record& b) {
    return a.fields == b.fields;
}

// An entity of a request. With `defined` it is what stands here, whatever the configured entities say of the
// same uid; without, it is what they say, which may be nothing.
struct cedar_entity {
    cedar_uid uid{};
    std::vector<cedar_field> attributes{};
    std::vector<cedar_uid> parents{};
    bool defined = true;
};

struct cedar_request {
    cedar_entity principal{};
    cedar_entity action{};
    cedar_entity resource{};
    std::vector<cedar_field> context{};
    // The version of the policies whose view left out the rest; 0 when everything is there.
    std::uint64_t made_for = 0;
};

// The attributes that a set of policies can see at all. What is not among them need not be made for a
// request: none of these policies can tell. Others could, and are not to be asked: to a rule that begins with
// `has`, what was left out looks absent.
class cedar_view {
public:
    // Everything.
    cedar_view() = default;
    // `version` is that of the policies, and not 0.
    cedar_view(const std::vector<std::string>& names, std::uint64_t version)
        : names_(names.begin(), names.end())
        , version_(version)
        , all_(false) {}

    [[nodiscard]] bool sees(std::string_view name) const { return all_ || names_.contains(name); }
    [[nodiscard]] bool sees_all() const noexcept { return all_; }
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

private:
    struct hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_set<std::string, hash, std::equal_to<>> names_{};
    std::uint64_t version_ = 0;
    bool all_ = true;
};

} // namespace auth
