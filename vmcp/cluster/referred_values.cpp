#include "vmcp/cluster/referred_values.hpp"

#include "transport/kube/kube_documents.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/cluster/base64.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

using nlohmann::json;

const json& member_at(const json& object, const char* key) {
    static const json none;
    if (!object.is_object())
        return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

std::string text_at(const json& object, const char* key) {
    const auto& found = member_at(object, key);
    return found.is_string() ? found.get<std::string>() : std::string();
}

std::optional<json> referred_values::object(referred_kind kind, const std::string& name) {
    if (!kube::is_object_name(name)) {
        complain(fmt::format("it refers to a {} without a name", name_of(kind)));
        return std::nullopt;
    }
    const object_ref ref{kind, name};
    needed_.insert(ref);
    const auto found = look_up_(ref);
    using state = referred_object::state;
    switch (found.at) {
    case state::pending:
        pending_ = true;
        return std::nullopt;
    case state::missing:
        complain(fmt::format("there is no {} '{}'", name_of(kind), name));
        return std::nullopt;
    case state::unreadable:
        complain(fmt::format("the {} '{}' cannot be read: {}", name_of(kind), name, found.problem));
        return std::nullopt;
    case state::there:
        break;
    }
    auto content = json::parse(found.kept, nullptr, false);
    return content.is_object() ? std::optional(std::move(content)) : std::optional(json::object());
}

std::string referred_values::secret(const json& ref) {
    const auto name = text_at(ref, "name");
    const auto key = text_at(ref, "key");
    const auto content = object(referred_kind::secret, name);
    if (!content)
        return {};
    const auto& value = member_at(*content, key.c_str());
    if (!value.is_string()) {
        complain(fmt::format("the Secret '{}' has no key '{}'", name, excerpt_of(key)));
        return {};
    }
    auto plain = base64_decode(value.get<std::string>());
    if (!plain) {
        complain(fmt::format("the key '{}' of the Secret '{}' is not base64", excerpt_of(key), name));
        return {};
    }
    // As of files in the configuration.
    if (plain->ends_with('\n'))
        plain->pop_back();
    if (plain->ends_with('\r'))
        plain->pop_back();
    return *std::move(plain);
}

std::string referred_values::config_map_value(const std::string& name, const std::string& key) {
    const auto content = object(referred_kind::config_map, name);
    if (!content)
        return {};
    auto value = text_at(*content, key.c_str());
    if (value.empty())
        complain(fmt::format("the ConfigMap '{}' has no key '{}'", name, excerpt_of(key)));
    return value;
}

} // namespace vmcp
