#include "auth/aws/xml_texts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace auth {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool starts_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(char c) noexcept {
    return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

struct entity {
    std::string_view name;
    char is;
};
constexpr std::array<entity, 5> entities{
    {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};

class xml_reader {
public:
    explicit xml_reader(std::string_view text) : rest_(text) {}

    parsed<xml_texts> all() {
        if (rest_.starts_with("<?xml ")) {
            const auto end = rest_.find("?>");
            if (end == rest_.npos || rest_.substr(1, end).find('<') != rest_.npos)
                return bad();
            rest_.remove_prefix(end + 2);
        }
        skip_blanks();
        if (!element(0))
            return bad();
        skip_blanks();
        if (!rest_.empty())
            return bad();
        return std::move(out_);
    }

private:
    static flaw bad() { return flawed("it is no XML that vmcp reads"); }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

    bool take(std::string_view token) {
        if (!rest_.starts_with(token))
            return false;
        rest_.remove_prefix(token.size());
        return true;
    }

    std::string_view name() {
        std::size_t size = 0;
        if (!rest_.empty() && starts_name(rest_.front()))
            size = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_name) - rest_.begin());
        const auto out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }

    // An attribute's value says nothing to us; it has to be one.
    bool attributes() {
        for (;;) {
            const bool apart = !rest_.empty() && blanks.find(rest_.front()) != blanks.npos;
            skip_blanks();
            if (rest_.starts_with('>') || rest_.starts_with("/>"))
                return true;
            if (!apart || name().empty() || !take("=") || rest_.empty())
                return false;
            const char quote = rest_.front();
            const auto end = quote == '"' || quote == '\'' ? rest_.find(quote, 1) : rest_.npos;
            if (end == rest_.npos || rest_.substr(0, end).find('<') != rest_.npos)
                return false;
            rest_.remove_prefix(end + 1);
        }
    }

    // From its '<' to its end.
    bool element(unsigned depth) {
        if (depth == max_xml_depth || ++elements_ > max_xml_elements || !take("<"))
            return false;
        const auto tag = name();
        if (tag.empty() || !attributes())
            return false;
        const auto before = way_.size();
        const auto colon = tag.find(':');
        way_.append(way_.empty() ? "" : "/").append(tag.substr(colon == tag.npos ? 0 : colon + 1));
        const bool good = take("/>") ? (out_.emplace_back(way_, ""), true)
                                     : take(">") && content(depth) && take("</") && take(tag) && close();
        way_.resize(before);
        return good;
    }

    bool close() {
        skip_blanks();
        return take(">");
    }

    // Elements, or a text: both together are no data.
    bool content(unsigned depth) {
        auto text = characters();
        if (!text)
            return false;
        if (rest_.starts_with("</")) {
            out_.emplace_back(way_, *std::move(text));
            return true;
        }
        while (rest_.starts_with('<') && !rest_.starts_with("</")) {
            if (text->find_first_not_of(blanks) != std::string::npos || !element(depth + 1))
                return false;
            text = characters();
            if (!text)
                return false;
        }
        return text->find_first_not_of(blanks) == std::string::npos;
    }

    // Up to the next '<'.
    std::optional<std::string> characters() {
        std::string out;
        while (!rest_.empty() && rest_.front() != '<') {
            const auto c = static_cast<unsigned char>(rest_.front());
            if (c == '&') {
                if (!reference(out))
                    return std::nullopt;
                continue;
            }
            if (c < 0x20 && blanks.find(rest_.front()) == blanks.npos)
                return std::nullopt;
            out.push_back(rest_.front());
            rest_.remove_prefix(1);
        }
        return rest_.empty() ? std::nullopt : std::optional(std::move(out));
    }

    bool reference(std::string& out) {
        constexpr std::size_t longest = 12;
        const auto end = rest_.substr(0, longest).find(';');
        if (end == rest_.npos)
            return false;
        auto name = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        if (const auto* known = std::ranges::find(entities, name, &entity::name); known != entities.end()) {
            out.push_back(known->is);
            return true;
        }
        const bool hex = name.starts_with("#x");
        if (!name.starts_with('#'))
            return false;
        name.remove_prefix(hex ? 2 : 1);
        std::uint32_t code = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
        const bool character = code == '\t' || code == '\n' || code == '\r' ||
                               (code >= 0x20 && code < 0x80); // all that such answers escape
        if (read.ec != std::errc() || read.ptr != name.data() + name.size() || !character)
            return false;
        out.push_back(static_cast<char>(code));
        return true;
    }

    std::string_view rest_;
    std::string way_{};
    std::size_t elements_ = 0;
    xml_texts out_{};
};

} // namespace

parsed<xml_texts> read_xml(std::string_view document) {
    return xml_reader(document).all();
}

std::string_view text_at(const xml_texts& in, std::string_view path) {
    std::string_view out;
    for (const auto& [name, text] : in)
        if (name == path) {
            if (!out.empty())
                return {};
            out = text;
        }
    return out;
}

} // namespace auth
