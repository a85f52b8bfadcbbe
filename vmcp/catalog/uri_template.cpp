#include "vmcp/catalog/uri_template.hpp"

#include <fmt/format.h>

#include <optional>

namespace vmcp {
namespace {

constexpr bool is_alnum(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_one_of(char c, std::string_view set) noexcept {
    return set.find(c) != std::string_view::npos;
}

bool is_triplet(std::string_view text, std::size_t at) noexcept {
    return text.size() - at >= 3 && text[at] == '%' && is_hex(text[at + 1]) && is_hex(text[at + 2]);
}

// RFC 6570 section 3.1: literals are copied, characters that a URI cannot hold are percent-encoded.
std::string encode_literal(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_alnum(c) || is_one_of(c, "-._~:/?#[]@!$&'()*+,;=") || is_triplet(text, i))
            out.push_back(c);
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

} // namespace

// ---- parsing: RFC 6570 section 2 ----

class uri_template::parser {
public:
    explicit parser(std::string_view text) : text_(text) {}

    result<uri_template> parse() {
        if (text_.size() > max_template_size)
            return wrong(fmt::format("longer than {} bytes", max_template_size));
        uri_template out;
        while (at_ < text_.size()) {
            if (text_[at_] == '}')
                return wrong("'}' without '{'");
            part next;
            if (text_[at_] == '{') {
                if (auto problem = read_expression(next))
                    return *std::move(problem);
            } else {
                const std::size_t end = std::min(text_.find_first_of("{}", at_), text_.size());
                next.literal = text_.substr(at_, end - at_);
                next.encoded_literal = encode_literal(next.literal);
                at_ = end;
                ++count_;
            }
            if (count_ > max_template_parts)
                return wrong(fmt::format("more than {} parts", max_template_parts));
            out.parts_.push_back(std::move(next));
        }
        out.count_ = count_;
        for (const auto& p : out.parts_)
            out.literal_bytes_ += p.literal.size();
        return out;
    }

private:
    failure wrong(std::string_view problem) const {
        return fail(errc::backend_protocol, fmt::format("URI template, byte {}: {}", at_, problem));
    }

    std::optional<failure> read_expression(part& out) {
        const std::size_t end = text_.find('}', at_);
        if (end == std::string_view::npos)
            return wrong("'{' without '}'");
        ++at_;
        if (at_ < end && is_one_of(text_[at_], "+#./;?&"))
            out.op = text_[at_++];
        else if (at_ < end && is_one_of(text_[at_], "=,!@|"))
            return wrong("an operator that RFC 6570 reserves");
        for (;;) {
            if (auto problem = read_variable(out, end))
                return problem;
            if (at_ == end)
                break;
            ++at_; // the comma
        }
        ++at_;
        return std::nullopt;
    }

    std::optional<failure> read_variable(part& out, std::size_t end) {
        const std::size_t stop = std::min(text_.find(',', at_), end);
        variable next;
        const std::size_t start = at_;
        while (at_ < stop && (is_alnum(text_[at_]) || is_one_of(text_[at_], "_.-%")))
            ++at_;
        next.name = text_.substr(start, at_ - start);
        if (next.name.empty())
            return wrong("a variable without a name");
        if (at_ < stop && text_[at_] == '*') {
            next.explode = true;
            ++at_;
        } else if (at_ < stop && text_[at_] == ':') {
            for (++at_; at_ < stop && text_[at_] >= '0' && text_[at_] <= '9' && next.max_length < 10'000;
                 ++at_)
                next.max_length = next.max_length * 10 + static_cast<unsigned>(text_[at_] - '0');
            if (next.max_length == 0 || next.max_length >= 10'000)
                return wrong("a prefix length that is not 1 to 9999");
        }
        if (at_ != stop)
            return wrong(fmt::format("an unexpected character in variable \"{}\"", next.name));
        out.variables.push_back(std::move(next));
        if (++count_ > max_template_parts)
            return wrong(fmt::format("more than {} parts", max_template_parts));
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

// ---- matching ----
// Works on sets of places in the URI: each part maps the places where it may begin to the places where it may
// end. A part is handled in one sweep over the URI, so that nothing is tried twice.

class uri_template::matcher {
public:
    using places = std::vector<bool>; // one more than the URI has bytes

    matcher(std::string_view uri, template_match mode) : uri_(uri), mode_(mode) {}

    bool run(const std::vector<part>& parts) const {
        places at(uri_.size() + 1);
        at[0] = true;
        for (const auto& part : parts)
            at = part.variables.empty() ? literal(part, at) : expression(part, at);
        return at[uri_.size()];
    }

private:
    // What section 3.2.1 and appendix A of the RFC say of an operator.
    struct traits {
        std::string_view first{};
        std::string_view separator{};
        bool named = false;
        bool equals_when_empty = false;
        bool reserved = false;
    };

    static traits traits_of(char op) noexcept {
        switch (op) {
        case '+':
            return {"", ",", false, false, true};
        case '#':
            return {"#", ",", false, false, true};
        case '.':
            return {".", ".", false, false, false};
        case '/':
            return {"/", "/", false, false, false};
        case ';':
            return {";", ";", true, false, false};
        case '?':
            return {"?", "&", true, true, false};
        case '&':
            return {"&", "&", true, true, false};
        default:
            return {"", ",", false, false, false};
        }
    }

    places expression(const part& part, const places& from) const {
        const traits kind = traits_of(part.op);
        return mode_ == template_match::strict ? strict(part, kind, from) : lenient(part, kind, from);
    }

    // The defined variables come in order, the first behind `first`, the others behind `separator`; when none
    // is defined the expression is empty.
    places strict(const part& part, const traits& kind, const places& from) const {
        places ends(from.size()); // of the variables so far
        for (const auto& variable : part.variables) {
            const places start = join(text(kind.first, from), text(kind.separator, ends));
            ends = join(ends, one_variable(variable, kind, start));
        }
        return join(ends, from);
    }

    places one_variable(const variable& variable, const traits& kind, const places& from) const {
        const auto value = [&](char c) { return in_value(c, variable, kind); };
        if (!kind.named || variable.explode)
            return span(from, variable.max_length, value);
        const places named = text(variable.name, from);
        const places with_value = span(text("=", named), variable.max_length, value);
        return kind.equals_when_empty ? with_value : join(named, with_value);
    }

    // Unreserved characters and the commas of a list; an exploded variable has the separator between its
    // values and '=' between names and values.
    static bool in_value(char c, const variable& variable, const traits& kind) noexcept {
        if (is_alnum(c) || is_one_of(c, "-._~"))
            return true;
        if (kind.reserved)
            return is_one_of(c, ":/?#[]@!$&'()*+,;=");
        return c == ',' || (variable.explode && (c == '=' || is_one_of(c, kind.separator)));
    }

    places lenient(const part& part, const traits& kind, const places& from) const {
        const bool segments = part.op == '/' && (part.variables.size() > 1 || part.variables[0].explode);
        const bool query = part.op == '?' || part.op == '&';
        const auto allowed = [&](char c) {
            if (kind.reserved)
                return true;
            if (c == '/')
                return segments || query;
            return c != '#' && (c != '?' || query);
        };
        return join(from, span(text(kind.first, from), 0, allowed));
    }

    places literal(const part& part, const places& from) const {
        if (part.literal == part.encoded_literal)
            return text(part.literal, from);
        return join(text(part.literal, from), text(part.encoded_literal, from));
    }

    // Behind `word` wherever it stands at one of the places.
    places text(std::string_view word, const places& from) const {
        if (word.empty())
            return from;
        places out(from.size());
        for (std::size_t i = 0; i + word.size() <= uri_.size(); ++i)
            if (from[i] && uri_.compare(i, word.size(), word) == 0)
                out[i + word.size()] = true;
        return out;
    }

    static places join(places a, const places& b) {
        for (std::size_t i = 0; i < a.size(); ++i)
            if (b[i])
                a[i] = true;
        return a;
    }

    // Any number of characters of a class, or at most `max_length` of them where that is not 0. A
    // percent-encoded triplet is one step; of a character encoded in several triplets only the first counts
    // (section 2.4.1: the prefix is counted in characters).
    template <class Class>
    places span(const places& from, unsigned max_length, Class in_class) const {
        constexpr long unreachable = -1;
        std::vector<long> left(from.size(), unreachable); // characters that may still follow
        places out(from.size());
        const long full = max_length == 0 ? static_cast<long>(uri_.size()) : static_cast<long>(max_length);
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (from[i])
                left[i] = full;
            if (left[i] == unreachable)
                continue;
            out[i] = true;
            if (i == uri_.size())
                break;
            const bool triplet = is_triplet(uri_, i);
            if (!triplet && !in_class(uri_[i]))
                continue;
            const std::size_t next = i + (triplet ? 3 : 1);
            const bool continues = (triplet && is_one_of(uri_[i + 1], "89abAB")) ||
                                   (static_cast<unsigned char>(uri_[i]) >> 6) == 2;
            left[next] = std::max(left[next], left[i] - (continues ? 0 : 1));
        }
        return out;
    }

    std::string_view uri_;
    template_match mode_;
};

result<uri_template> uri_template::parse(std::string_view text) {
    return parser(text).parse();
}

bool uri_template::matches(std::string_view uri, template_match mode) const {
    return cost(uri) != 0 && matcher(uri, mode).run(parts_);
}

std::string uri_template::sample() const {
    std::string out;
    for (const auto& p : parts_)
        out.append(p.variables.empty() ? p.encoded_literal : "x");
    return out;
}

std::size_t uri_template::cost(std::string_view uri) const noexcept {
    if (uri.size() > max_template_uri)
        return 0;
    // Most templates are told apart by how they begin.
    if (!parts_.empty() && parts_.front().variables.empty() && !uri.starts_with(parts_.front().literal) &&
        !uri.starts_with(parts_.front().encoded_literal))
        return 0;
    return (count_ + 1) * (uri.size() + 1);
}

} // namespace vmcp
