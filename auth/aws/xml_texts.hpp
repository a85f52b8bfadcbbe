// The texts of a small XML document (XML 1.0), by the way to them: what a service that answers in XML says.
#pragma once

#include "auth/flaw.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

inline constexpr unsigned max_xml_depth = 16;
inline constexpr std::size_t max_xml_elements = 256;

// Names of elements, without their prefixes, joined by '/', and what stands in those that hold no other element. In the
// order of the document.
using xml_texts = std::vector<std::pair<std::string, std::string>>;

// A flaw when the document is not well-formed, or holds what data does not need and others may read differently: a document
// type, entities but the five predefined ones, processing instructions, CDATA, text between elements.
[[nodiscard]] parsed<xml_texts> read_xml(std::string_view document);

// The one text at that way; empty: it is not there, or more than once.
[[nodiscard]] std::string_view text_at(const xml_texts& in, std::string_view path);

} // namespace auth
