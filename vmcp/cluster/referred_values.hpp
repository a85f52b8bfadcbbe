// Reads what objects refer to, and keeps account of it: of one backend, the first thing that is missing is its problem.
#pragma once

#include "vmcp/cluster/cluster_definitions.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace vmcp {

class referred_values {
public:
    // `needed` gets everything that is asked for.
    referred_values(const object_lookup& look_up, std::set<object_ref>& needed)
        : look_up_(look_up)
        , needed_(needed) {}

    // The content of an object; nothing where there is a problem now, or something is pending.
    [[nodiscard]] std::optional<nlohmann::json> object(referred_kind kind, const std::string& name);
    // A value of the Secret that a SecretKeyRef, {name, key}, names, without a line end behind it.
    [[nodiscard]] std::string secret(const nlohmann::json& ref);
    // One of a ConfigMap.
    [[nodiscard]] std::string config_map_value(const std::string& name, const std::string& key);

    void complain(const std::string& problem) {
        if (problem_.empty())
            problem_ = context_ + problem;
    }
    // What stands before problems from now on: "MCPExternalAuthConfig 'a': ".
    void within(std::string context) { context_ = std::move(context); }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] bool pending() const noexcept { return pending_; }

private:
    const object_lookup& look_up_;
    std::set<object_ref>& needed_;
    std::string context_{};
    std::string problem_{};
    bool pending_ = false;
};

// The text of a member, or empty.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* key);
// A member, or null.
[[nodiscard]] const nlohmann::json& member_at(const nlohmann::json& object, const char* key);

} // namespace vmcp
