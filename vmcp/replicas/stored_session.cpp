#include "vmcp/replicas/stored_session.hpp"

#include "auth/digest.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

std::string hex_digest(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string out;
    out.reserve(64);
    for (const auto byte : auth::sha256(text)) {
        out.push_back(hex[byte >> 4]);
        out.push_back(hex[byte & 0xF]);
    }
    return out;
}

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
    const auto member = json_member(object, name);
    return member.kind == json_kind::string ? unquoted(member.raw) : std::nullopt;
}

std::optional<subscription> read_subscription(std::string_view object) {
    auto backend = text_member(object, "backend");
    auto uri = text_member(object, "uri");
    auto exposed = text_member(object, "exposed");
    if (!backend || !uri || !exposed)
        return std::nullopt;
    return subscription{std::move(*backend), std::move(*uri), std::move(*exposed)};
}

std::optional<std::vector<subscription>> read_subscriptions(std::string_view array) {
    std::vector<subscription> out;
    json_cursor in(array);
    if (!in.enter_array())
        return std::nullopt;
    for (;;) {
        bool done = false;
        if (!in.next_element(done))
            return std::nullopt;
        if (done)
            return out;
        json_slice one;
        if (!in.value(one))
            return std::nullopt;
        auto subscribed = read_subscription(one.raw);
        if (!subscribed)
            return std::nullopt;
        out.push_back(std::move(*subscribed));
    }
}

failure damaged(std::string_view member) {
    return fail(errc::io, fmt::format("the stored record of a session is damaged, or not of this gateway "
                                      "(sessionStorage.keyPrefix): {}",
                                      member));
}

} // namespace

std::string session_digest(std::string_view id) {
    return hex_digest(id);
}

std::string owner_digest(const identity& who) {
    return hex_digest(key_of(who));
}

std::string write_record(const session_record& session) {
    auto out = fmt::format(R"({{"v":1,"owner":"{}","revision":"{}","capabilities":{})",
                           owner_digest(session.who), text_of(session.version), session.capabilities->raw);
    if (session.level != log_level::unset)
        out += fmt::format(R"(,"level":"{}")", log_level_texts[static_cast<std::size_t>(session.level)]);
    std::string_view before = R"(,"subscriptions":[)";
    for (const auto& one : session.subscriptions) {
        const auto text = fmt::format(R"({{"backend":{},"uri":{},"exposed":{}}})", quoted(one.backend),
                                      quoted(one.uri), quoted(one.exposed));
        if (out.size() + text.size() + 16 > longest_record)
            break;
        out.append(before).append(text);
        before = ",";
    }
    out.append(before == "," ? "]}" : "}");
    return out;
}

result<session_record> read_record(std::string_view text, std::string_view id, const identity& who) {
    if (!json_valid(text) || json_member(text, "v").raw != "1")
        return damaged("it is no record of version 1");
    const auto owner = text_member(text, "owner");
    if (!owner)
        return damaged("owner");
    if (*owner != owner_digest(who))
        return fail(errc::session_not_found, "it ended or never was; send initialize to open a new one");
    session_record out{.id = std::string(id), .who = who};
    const auto version = parse_version(text_member(text, "revision").value_or(""));
    if (!version)
        return damaged("revision");
    out.version = *version;
    const auto capabilities = json_member(text, "capabilities");
    if (capabilities.kind != json_kind::object)
        return damaged("capabilities");
    out.capabilities = std::make_shared<client_capabilities>(read_client_capabilities(capabilities.raw));
    if (const auto level = json_member(text, "level"); !level.empty()) {
        const auto read = parse_log_level(text_member(text, "level").value_or(""));
        if (!read)
            return damaged("level");
        out.level = *read;
    }
    if (const auto all = json_member(text, "subscriptions"); !all.empty()) {
        auto read = read_subscriptions(all.raw);
        if (!read)
            return damaged("subscriptions");
        out.subscriptions = std::move(*read);
    }
    return out;
}

} // namespace vmcp
