#include "vmcp/base/struck_json.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/known_secrets.hpp"

#include <algorithm>
#include <vector>

namespace vmcp {
namespace {

constexpr unsigned deepest = 1000;
constexpr std::size_t shortest_front = 12;
constexpr std::string_view nothing_left = R"({"code":-32603,"message":"***"})";

// Where the string literal ends that begins behind the quote at `at`: at its closing quote.
std::size_t end_of_literal(std::string_view raw, std::size_t at) {
    while (at < raw.size() && raw[at] != '"')
        at += raw[at] == '\\' ? 2 : 1;
    return std::min(at, raw.size());
}

class striker {
public:
    explicit striker(const secret_set& of_call) : of_call_(of_call) {}

    std::string run(std::string_view raw) {
        std::string out;
        for (std::size_t at = 0; at < raw.size();) {
            const auto quote = std::min(raw.find('"', at), raw.size());
            const auto between = raw.substr(at, quote - at);
            // A number, which nothing that is no number could take the place of.
            if (struck(between, std::string_view::npos) != between)
                return std::string(nothing_left);
            out.append(between);
            if (quote == raw.size())
                break;
            const auto end = end_of_literal(raw, quote + 1);
            out.push_back('"');
            out += struck(raw.substr(quote + 1, end - quote - 1), shortest_front);
            out.push_back('"');
            at = end + 1;
        }
        return out;
    }

private:
    [[nodiscard]] std::string struck(std::string_view text, std::size_t front) const {
        return strike_known(of_call_.strike(text, front), front);
    }

    const secret_set& of_call_;
};

} // namespace

std::optional<std::string> struck_json(std::string_view raw, std::span<const std::string> secrets) {
    const secret_set of_call({secrets.begin(), secrets.end()});
    if (!any_secret_known() && of_call.empty())
        return std::nullopt;
    auto out = striker(of_call).run(raw);
    if (out == raw)
        return std::nullopt;
    // What was struck may have been half of an escape.
    if (!json_valid(out, deepest))
        return std::string(nothing_left);
    return out;
}

} // namespace vmcp
