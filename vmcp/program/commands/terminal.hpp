// What commands print: messages for people, tables, and text of peers made fit for a terminal.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/config/config_problem.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Text of a peer without what could steer a terminal or hide or reorder what is read (see
// base/characters.hpp): such characters but line end and TAB, and bytes that are no UTF-8, become '?'.
[[nodiscard]] std::string printable_text(std::string_view text);
// The same on one line: runs of white space become one blank.
[[nodiscard]] std::string printable_line(std::string_view text);

// JSON text in which such characters are written as \u escapes: the same value, fit for a terminal.
[[nodiscard]] std::string printable_json(std::string_view text);

// How many columns `text` takes, one per code point; wide characters are not told apart.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;
// At most `columns` columns of `text`; what is cut ends in "...".
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

// Left-aligned columns, two blanks apart. Only the last column is cut, so that names stay whole.
class text_table {
public:
    explicit text_table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
    // As many cells as there are titles; each is made printable.
    void add(std::vector<std::string> cells);
    // `width` is that of the terminal; 0: nothing is cut.
    [[nodiscard]] std::string render(std::size_t width) const;
    [[nodiscard]] bool empty() const noexcept { return rows_.size() == 1; }

private:
    std::vector<std::vector<std::string>> rows_;
};

// The width of the terminal on standard output, 0 when it is none.
[[nodiscard]] std::size_t terminal_width();

// "vmcp: ..." on standard error: one line, made printable.
void complain(std::string_view text);
// Mistakes of a configuration on standard error, a line each.
void complain_of(const std::vector<config_problem>& problems);
// Its warnings, likewise.
void warn_of(const std::vector<config_problem>& warnings);
// What a failure is about: its detail, or the general text when there is none.
[[nodiscard]] std::string text_of(const failure& why);
// To standard output. False when that does not work (a full disk, a closed pipe).
bool print(std::string_view text);
// The same for JSON of a peer, as printable_json: what is piped may reach a terminal in the end.
bool print_json(std::string_view text);

} // namespace vmcp
