// RFC 6570 URI templates, in the direction that a gateway needs: could this URI be an expansion of that
// template?
#pragma once

#include "vmcp/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// `strict`: the URI is an expansion by RFC 6570 for some values of the variables (a variable that occurs
// twice may have two values, and an exploded one any names). `lenient`: what servers accept in practice
// besides: characters that should have been percent-encoded, query members in any order.
enum class template_match : std::uint8_t { strict, lenient };

// Longer URIs match no template, and templates with more parts are refused: matching one then costs at most
// their product, whatever a peer sends.
inline constexpr std::size_t max_template_uri = std::size_t{16} << 10;
inline constexpr std::size_t max_template_size = std::size_t{4} << 10;
inline constexpr std::size_t max_template_parts = 128; // literals and variables

class uri_template {
public:
    // All four levels. Besides the RFC's grammar, '-' is let through in variable names, because servers use
    // it. A failure (errc::backend_protocol) says what is wrong and at which byte.
    [[nodiscard]] static result<uri_template> parse(std::string_view text);

    // Linear in the length of `uri` times the number of parts: no backtracking.
    [[nodiscard]] bool matches(std::string_view uri, template_match mode) const;

    // What matches() will cost, in steps of some nanoseconds; 0 when the beginning of `uri` or its length
    // already says no.
    [[nodiscard]] std::size_t cost(std::string_view uri) const noexcept;

    // How much of a URI the template itself says: bytes of its literals.
    [[nodiscard]] std::size_t specificity() const noexcept { return literal_bytes_; }
    // Its literals with "x" for every variable: a URI that fits.
    [[nodiscard]] std::string sample() const;

private:
    struct variable {
        std::string name{};
        unsigned max_length = 0; // of a prefix modifier, in characters; 0: none
        bool explode = false;
    };

    // A literal, or an expression with its operator ('\0' for none).
    struct part {
        std::string literal{};         // as written
        std::string encoded_literal{}; // with what a URI cannot hold percent-encoded
        char op = '\0';
        std::vector<variable> variables{}; // empty: a literal
    };

    class parser;
    class matcher;

    std::vector<part> parts_{};
    std::size_t count_ = 0; // of literals and variables
    std::size_t literal_bytes_ = 0;
};

} // namespace vmcp
