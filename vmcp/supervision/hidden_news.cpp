#include "vmcp/supervision/hidden_news.hpp"

#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace vmcp {
namespace {

constexpr std::size_t few = 5; // told one by one
constexpr std::size_t most_lines = 50;
constexpr std::size_t longest_reason = 400;

// Two entries that are not the same differ in this, but for one case in 2^64, in which a line is not written.
std::size_t mark_of(const hidden_entry& one) {
    std::size_t out = static_cast<std::size_t>(one.kind);
    for (const std::string* part : {&one.backend, &one.name, &one.reason})
        out = out * 0x9E3779B97F4A7C15U + std::hash<std::string_view>{}(*part);
    return out;
}

std::string line_of(const hidden_entry& one) {
    return fmt::format("hidden: \"{}\" of backend {}: {}", excerpt_of(one.name), one.backend,
                       excerpt_of(one.reason, {}, longest_reason));
}

std::string line_of(const std::vector<const hidden_entry*>& many) {
    const auto& one = *many.front();
    return fmt::format("hidden: {} entries of backend {}, among them \"{}\": {}", many.size(), one.backend,
                       excerpt_of(one.name), excerpt_of(one.reason, {}, longest_reason));
}

} // namespace

std::vector<std::string> hidden_news(const std::vector<hidden_entry>& before,
                                     const std::vector<hidden_entry>& after,
                                     const std::set<std::string>& withdrawn) {
    std::unordered_set<std::size_t> known;
    known.reserve(before.size());
    for (const auto& one : before)
        known.insert(mark_of(one));
    std::vector<std::vector<const hidden_entry*>> news; // by backend, in the order of the list
    std::unordered_map<std::string_view, std::size_t> place;
    for (const auto& one : after) {
        if (withdrawn.contains(one.backend) || known.contains(mark_of(one)))
            continue;
        const auto [at, fresh] = place.emplace(one.backend, news.size());
        if (fresh)
            news.emplace_back();
        news[at->second].push_back(&one);
    }
    std::vector<std::string> lines;
    std::size_t untold = 0;
    for (const auto& of_backend : news) {
        const std::size_t wanted = of_backend.size() <= few ? of_backend.size() : 1;
        if (lines.size() + wanted > most_lines) {
            untold += of_backend.size();
        } else if (wanted == of_backend.size()) {
            for (const auto* one : of_backend)
                lines.push_back(line_of(*one));
        } else {
            lines.push_back(line_of(of_backend));
        }
    }
    if (untold > 0)
        lines.push_back(
            fmt::format("hidden: {} more entries; the admin listener's /status tells all", untold));
    return lines;
}

} // namespace vmcp
