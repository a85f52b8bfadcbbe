// The strategy aws_sts of outgoingAuth: roles that are none, and regions that would be another host.
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::string_view word_characters = "abcdefghijklmnopqrstuvwxyz0123456789-";

// arn:PARTITION:iam::ACCOUNT:role/NAME
bool is_role(std::string_view arn) {
    constexpr std::string_view arn_start = "arn:aws";
    constexpr std::size_t account_digits = 12;
    constexpr std::size_t longest = 2048;
    if (!arn.starts_with(arn_start) || arn.size() > longest)
        return false;
    const auto partition = arn.find(':', arn_start.size());
    constexpr std::string_view iam = ":iam::";
    if (partition == arn.npos || arn.substr(partition, iam.size()) != iam)
        return false;
    const auto account = arn.substr(partition + iam.size());
    constexpr std::string_view role = ":role/";
    const bool digits = account.find_first_not_of("0123456789") == account_digits;
    return digits && account.substr(account_digits).starts_with(role) &&
           account.size() > account_digits + role.size() && arn.find_first_of(" \t\"<>") == arn.npos;
}

void check_role(settling& at, const key_path& path, const std::string& arn) {
    if (at.has(path) && !arn.empty() && !is_role(arn))
        at.complain(path, "is no role: 'arn:aws:iam::ACCOUNT:role/NAME'");
}

void check_word(settling& at, const key_path& path, const std::string& text) {
    if (text.find_first_not_of(word_characters) != text.npos)
        at.complain(path, "must be lower case letters, digits and '-'");
}

} // namespace

void settle_aws(settling& at, strategy_draft& strategy) {
    const auto path = strategy.path / "awsSts";
    auto& aws = strategy.auth.tokens.aws;
    check_word(at, path / "region", aws.region);
    check_word(at, path / "service", aws.service);
    if (!at.has(path / "fallbackRoleArn") && aws.mappings.empty())
        at.complain(path, "give fallbackRoleArn or roleMappings: no caller would have a role");
    check_role(at, path / "fallbackRoleArn", aws.fallback_role);
    check_role(at, path / "webIdentityRoleArn", aws.own_role);
    for (std::size_t i = 0; i < aws.mappings.size(); ++i)
        check_role(at, path / "roleMappings" / i / "roleArn", aws.mappings[i].role);
    if (aws.own_token_path.empty()) {
        if (at.has(path / "webIdentityRoleArn"))
            at.complain(path / "webIdentityRoleArn", "has no effect without webIdentityTokenPath");
        return;
    }
    aws.own_token_path = resolve_path(at.document.file, aws.own_token_path);
    if (aws.own_role.empty() && !at.has(path / "webIdentityRoleArn") && !at.has(path / "fallbackRoleArn"))
        at.complain(path / "webIdentityTokenPath", "needs webIdentityRoleArn or fallbackRoleArn");
}

} // namespace vmcp
