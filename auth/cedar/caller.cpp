#include "auth/cedar/caller.hpp"

#include "auth/cedar/json_value.hpp"
#include "vmcp/base/json_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

namespace auth {
namespace {

constexpr std::array<std::string_view, 3> usual_group_claims{"groups", "roles", "cognito:groups"};

// The claim of that very name, or the one at the end of the way that the name describes.
vmcp::json_slice find_claim(std::string_view claims, std::string_view path) {
    if (path.empty())
        return {};
    if (const auto exact = vmcp::json_member(claims, path); !exact.empty())
        return exact;
    if (path.find('.') == std::string_view::npos)
        return {};
    vmcp::json_slice at{claims, vmcp::json_kind::object};
    while (!at.empty()) {
        const auto dot = path.find('.');
        at = at.kind == vmcp::json_kind::object ? vmcp::json_member(at.raw, path.substr(0, dot))
                                                : vmcp::json_slice{};
        if (dot == std::string_view::npos)
            break;
        path.remove_prefix(dot + 1);
    }
    return at;
}

std::vector<std::string> texts_in(std::string_view array) {
    std::vector<std::string> texts;
    for (const auto& element : elements_of(array)) {
        if (element.kind != vmcp::json_kind::string)
            continue;
        if (auto text = vmcp::unquoted(element.raw))
            texts.push_back(std::move(*text));
    }
    return texts;
}

// Nothing when the claim is absent or no array; an array without any text is an answer too: no groups.
std::optional<std::vector<std::string>> groups_in(std::string_view claims, std::string_view path) {
    const auto claim = find_claim(claims, path);
    if (claim.empty() || claim.kind != vmcp::json_kind::array)
        return std::nullopt;
    return texts_in(claim.raw);
}

std::vector<std::string> words_in(std::string_view text) {
    constexpr std::string_view space = " \t\n\v\f\r";
    std::vector<std::string> words;
    while (true) {
        const auto start = text.find_first_not_of(space);
        if (start == std::string_view::npos)
            return words;
        text.remove_prefix(start);
        const auto end = std::min(text.find_first_of(space), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

cedar_value set_of(const std::vector<std::string>& texts) {
    cedar_set set;
    for (const auto& text : texts)
        set.items.push_back({text});
    return {std::move(set)};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t index = 0; index < words.size(); ++index)
        text.append(index == 0 ? "" : " ").append(words[index]);
    return text;
}

// The fields of one claim, as far as policies can see them.
class claim_fields {
public:
    claim_fields(const cedar_settings& settings, const cedar_view& view) : settings_(settings), view_(view) {}

    void add(const json_named& claim) {
        const bool listed =
            std::find(settings_.multi_valued_claims.begin(), settings_.multi_valued_claims.end(),
                      claim.key) != settings_.multi_valued_claims.end();
        if (listed && claim.value.kind == vmcp::json_kind::array) {
            const auto texts = texts_in(claim.value.raw);
            put("claim_" + claim.key, cedar_value{joined(texts)});
            put("claimset_" + claim.key, set_of(texts));
            return;
        }
        const std::string name = "claim_" + claim.key;
        if (view_.sees(name))
            put(name, cedar_value_of(claim.value, settings_.numbers));
        if (listed && claim.value.kind == vmcp::json_kind::string)
            put("claimset_" + claim.key, set_of(words_in(vmcp::unquoted(claim.value.raw).value_or(""))));
    }

    [[nodiscard]] std::vector<cedar_field> take() { return std::move(fields_); }

private:
    void put(std::string name, std::optional<cedar_value> value) {
        if (value && view_.sees(name))
            fields_.push_back({std::move(name), std::move(*value)});
    }

    const cedar_settings& settings_;
    const cedar_view& view_;
    std::vector<cedar_field> fields_{};
};

} // namespace

std::vector<std::string> groups_of(const cedar_settings& settings, std::string_view claims) {
    auto groups = groups_in(claims, settings.group_claim);
    for (std::size_t index = 0; !groups && index < usual_group_claims.size(); ++index)
        groups = groups_in(claims, usual_group_claims[index]);
    auto all = std::move(groups).value_or(std::vector<std::string>{});
    for (auto& role : groups_in(claims, settings.role_claim).value_or(std::vector<std::string>{}))
        all.push_back(std::move(role));
    std::unordered_set<std::string> seen;
    std::erase_if(all, [&](const std::string& group) { return !seen.insert(group).second; });
    return all;
}

vmcp::result<cedar_caller> make_caller(const cedar_settings& settings, std::string_view subject,
                                       std::string_view claims, const cedar_view& view) {
    if (subject.empty())
        return vmcp::fail(vmcp::errc::forbidden,
                          "the caller has no subject, and policies decide about subjects");
    const auto members = members_of(claims);
    if (!members)
        return vmcp::fail(vmcp::errc::forbidden, "the claims of the caller are no JSON object");
    std::unordered_set<std::string_view> seen;
    claim_fields fields(settings, view);
    for (const auto& claim : *members) {
        if (!seen.insert(claim.key).second)
            return vmcp::fail(vmcp::errc::forbidden, "the claims of the caller hold the same name twice");
        fields.add(claim);
    }
    cedar_caller caller{.made_for = view.version()};
    caller.context = fields.take();
    caller.principal = {.uid{"Client", std::string(subject)}, .attributes = caller.context};
    for (auto& group : groups_of(settings, claims))
        caller.principal.parents.push_back({settings.group_type, std::move(group)});
    return caller;
}

} // namespace auth
