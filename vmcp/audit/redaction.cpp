#include "vmcp/audit/redaction.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/characters.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <algorithm>
#include <array>

namespace vmcp {
namespace {

constexpr std::string_view struck = "***";
constexpr unsigned max_depth = 128; // of JSON that is read
constexpr unsigned max_nested = 2;  // JSON in strings in JSON
constexpr std::array<std::string_view, 14> secret_words{
    "password", "passwd", "passphrase", "token",      "secret",     "authorization", "credential",
    "cookie",   "apikey", "accesskey",  "privatekey", "signingkey", "bearer",        "assertion"};
constexpr std::array<std::string_view, 2> harmless{"progresstoken", "maxtokens"};

constexpr bool is_token_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::size_t run_of(std::string_view text, std::size_t from) noexcept {
    std::size_t at = from;
    while (at < text.size() && is_token_char(text[at]))
        ++at;
    return at;
}

// A JSON Web Token that begins at `at` (also without its signature, or where the text ends in it), up to `token`; `read` is
// the end of what cannot be the beginning of another one. Both are `at` where no such thing begins.
struct jwt_end {
    std::size_t token = 0;
    std::size_t read = 0;
};

jwt_end end_of_jwt(std::string_view text, std::size_t at) noexcept {
    constexpr std::string_view front = "eyJ"; // {" in base64
    constexpr std::size_t least = 6;          // of a part; shorter: no token
    if (!text.substr(at).starts_with(front))
        return {at, at};
    const auto header = run_of(text, at);
    const bool long_enough = header - at >= least;
    if (header == text.size())
        return {long_enough ? header : at, header};
    if (text[header] != '.' || !long_enough)
        return {at, header};
    const auto claims = run_of(text, header + 1);
    if (claims - header <= least && claims < text.size())
        return {at, header};
    const auto end = claims < text.size() && text[claims] == '.' ? run_of(text, claims + 1) : claims;
    return {end, end};
}

// The end of the credential behind a scheme that begins at `at`, or `at`; `begin` is where the credential begins.
std::size_t end_of_credential(std::string_view text, std::size_t at, std::size_t& begin) noexcept {
    for (const std::string_view scheme : {"bearer ", "basic ", "dpop "}) {
        if (text.size() - at <= scheme.size() || !iequals(text.substr(at, scheme.size()), scheme))
            continue;
        begin = std::min(text.find_first_not_of(' ', at + scheme.size()), text.size());
        auto end = begin;
        while (end < text.size() && (is_token_char(text[end]) ||
                                     std::string_view("._~+/=").find(text[end]) != std::string_view::npos))
            ++end;
        constexpr std::size_t least = 8; // shorter: a word of a sentence
        return end - begin >= least ? end : at;
    }
    return at;
}

// Writes a redacted copy of what a cursor reads; stops at the first thing that cannot be read.
class copier {
public:
    copier(std::string_view text, unsigned nested) : from_(text, max_depth), nested_(nested) {}

    bool value() {
        json_kind kind{};
        if (!from_.peek(kind))
            return false;
        if (kind == json_kind::object)
            return object();
        return kind == json_kind::array ? array() : scalar(kind);
    }
    bool at_end() { return from_.at_end(); }
    std::string out{};

private:
    bool object() {
        if (!from_.enter_object())
            return false;
        out.push_back('{');
        for (bool first = true;; first = false) {
            std::string_view key;
            bool done = false;
            if (!from_.next_member(key, done))
                return false;
            if (done)
                break;
            out.append(first ? "" : ",").append(key).push_back(':');
            if (!(names_a_secret(unquoted(key).value_or("")) ? hidden() : value()))
                return false;
        }
        out.push_back('}');
        return true;
    }

    bool array() {
        if (!from_.enter_array())
            return false;
        out.push_back('[');
        for (bool first = true;; first = false) {
            bool done = false;
            if (!from_.next_element(done))
                return false;
            if (done)
                break;
            out.append(first ? "" : ",");
            if (!value())
                return false;
        }
        out.push_back(']');
        return true;
    }

    // A value that nobody may read. That there is none may be read.
    bool hidden() {
        json_slice skipped;
        if (!from_.value(skipped))
            return false;
        const bool tells = skipped.kind != json_kind::null && skipped.kind != json_kind::boolean;
        out.append(tells ? R"("***")" : skipped.raw);
        return true;
    }

    bool scalar(json_kind kind) {
        json_slice one;
        if (!from_.value(one))
            return false;
        if (kind != json_kind::string || nested_ == max_nested || !append_nested(one.raw))
            out.append(one.raw);
        return true;
    }

    // JSON in a string, as many tools answer.
    bool append_nested(std::string_view raw) {
        if (raw.size() < 4 || (raw[1] != '{' && raw[1] != '['))
            return false;
        const auto text = unquoted(raw);
        if (!text)
            return false;
        copier inner(*text, nested_ + 1);
        if (!inner.value() || !inner.at_end())
            return false;
        append_quoted(out, inner.out);
        return true;
    }

    json_cursor from_;
    unsigned nested_;
};

// At most `limit` bytes, and no half of a character.
std::string_view front_of(std::string_view text, std::size_t limit) {
    if (text.size() <= limit)
        return text;
    auto end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

} // namespace

bool names_a_secret(std::string_view member) noexcept {
    constexpr std::size_t longest = 128;
    std::array<char, longest> plain{};
    std::size_t size = 0;
    for (const char c : member) {
        if (c == '-' || c == '_' || c == ' ' || c == '.')
            continue;
        if (size == longest)
            return true; // a name of that length is none that anybody misses
        plain[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const std::string_view name(plain.data(), size);
    if (std::ranges::find(harmless, name) != harmless.end())
        return false;
    return std::ranges::any_of(
        secret_words, [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

std::string without_tokens(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t begin = at;
        const auto jwt = end_of_jwt(text, at);
        const auto end = jwt.token > at ? jwt.token : end_of_credential(text, at, begin);
        const auto kept = end > at ? begin : std::max(jwt.read, at + 1);
        out.append(text.substr(at, kept - at)).append(end > at ? struck : "");
        at = std::max(end, kept);
    }
    return out;
}

std::string clean_text(std::string_view text, std::span<const std::string> secrets, std::size_t limit) {
    return without_tokens(excerpt_of(text, secrets, limit));
}

std::string clean_json(const audit_data& from, std::span<const std::string> secrets, std::size_t limit) {
    copier copy(from.text, 0);
    const bool whole = copy.value() && copy.at_end() && !from.cut;
    if (copy.out.empty())
        return {};
    auto text = without_tokens(without_secrets(copy.out, secrets));
    // A number that is a secret leaves no JSON behind.
    if (whole && text.size() <= limit && json_valid(text, max_depth))
        return text;
    return quoted(front_of(text, limit));
}

} // namespace vmcp
