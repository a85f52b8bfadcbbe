#include "auth/tokens/www_authenticate.hpp"

#include "vmcp/base/ascii.hpp"

#include <algorithm>
#include <optional>

namespace auth {
namespace {

bool is_alnum(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token(char c) noexcept {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token68(char c) noexcept {
    return is_alnum(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

class reader {
public:
    explicit reader(std::string_view text) : text_(text) {}

    parsed<std::vector<asked_challenge>> all() {
        std::vector<asked_challenge> out;
        for (;;) {
            skip(" \t,");
            if (at_end())
                return out;
            if (!out.empty() && parameter(out.back()))
                continue;
            if (problem_.empty())
                challenge(out);
            if (!problem_.empty())
                return flawed("its WWW-Authenticate " + problem_);
        }
    }

private:
    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] bool at(char c) const noexcept { return !at_end() && text_[at_] == c; }

    void skip(std::string_view these) { at_ = std::min(text_.find_first_not_of(these, at_), text_.size()); }

    std::string_view take(bool (*is)(char) noexcept) {
        const auto from = at_;
        while (!at_end() && is(text_[at_]))
            ++at_;
        return text_.substr(from, at_ - from);
    }

    // Whether an element of the list ends here.
    bool ends() {
        skip(" \t");
        return at_end() || at(',');
    }

    void challenge(std::vector<asked_challenge>& out) {
        const auto scheme = take(is_token);
        if (scheme.empty() || (!at(' ') && !ends()))
            return fail("names no scheme");
        if (out.size() == max_challenges)
            return fail("has too many challenges");
        out.push_back({.scheme = vmcp::lowered(scheme)});
        if (ends() || parameter(out.back()) || !problem_.empty())
            return;
        take(is_token68);
        skip("=");
        if (!ends())
            fail("holds what is neither a parameter nor a token");
    }

    // name = value, or nothing is taken.
    bool parameter(asked_challenge& to) {
        const auto from = at_;
        const auto name = take(is_token);
        skip(" \t");
        std::optional<std::string> value;
        if (!name.empty() && at('=')) {
            ++at_;
            skip(" \t");
            value = at('"') ? quoted() : unquoted();
        }
        if (!value || !ends()) {
            at_ = from;
            return false;
        }
        auto key = vmcp::lowered(name);
        if (to.find(key) != nullptr)
            fail("names a parameter twice");
        else if (to.parameters.size() == max_challenge_parameters)
            fail("has too many parameters");
        else
            to.parameters.emplace_back(std::move(key), *std::move(value));
        return problem_.empty();
    }

    std::optional<std::string> unquoted() {
        const auto text = take(is_token);
        return text.empty() ? std::nullopt : std::optional(std::string(text));
    }

    std::optional<std::string> quoted() {
        std::string out;
        for (++at_; !at_end(); ++at_) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return out;
            }
            const bool escaped = c == '\\';
            if (escaped && ++at_ == text_.size())
                break;
            const auto plain = static_cast<unsigned char>(text_[at_]);
            if ((plain < 0x20 && plain != '\t') || plain == 0x7F)
                break;
            out.push_back(text_[at_]);
        }
        return std::nullopt;
    }

    void fail(std::string problem) { problem_ = std::move(problem); }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string problem_{};
};

} // namespace

const std::string* asked_challenge::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
    return found == parameters.end() ? nullptr : &found->second;
}

parsed<std::vector<asked_challenge>> read_challenges(std::string_view value) {
    return reader(value).all();
}

} // namespace auth
