#include "transport/http/via_chain.hpp"

#include "vmcp/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace transport {
namespace {

constexpr std::string_view prefix = "vmcp-";
constexpr std::size_t longest_pseudonym = 64;

bool is_pseudonym(std::string_view text) {
    return vmcp::istarts_with(text, prefix) && text.size() > prefix.size() &&
           text.size() <= longest_pseudonym && std::ranges::all_of(text, [](char c) {
               return (vmcp::lower(c) >= 'a' && vmcp::lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

} // namespace

std::vector<std::string> gateways_in(std::string_view via) {
    constexpr std::size_t most = 32;
    std::vector<std::string> out;
    while (!via.empty()) {
        const auto comma = via.find(',');
        auto hop = via.substr(0, comma);
        via = comma == std::string_view::npos ? std::string_view() : via.substr(comma + 1);
        // received-protocol RWS received-by [ RWS comment ]
        const auto start = hop.find_first_not_of(" \t");
        const auto gap = start == std::string_view::npos ? start : hop.find_first_of(" \t", start);
        const auto by = gap == std::string_view::npos ? gap : hop.find_first_not_of(" \t", gap);
        if (by == std::string_view::npos)
            continue;
        const auto end = hop.find_first_of(" \t", by);
        const auto name = hop.substr(by, end == std::string_view::npos ? end : end - by);
        if (is_pseudonym(name))
            out.push_back(vmcp::lowered(name));
    }
    if (out.size() > most)
        out.erase(out.begin(), out.end() - most);
    return out;
}

via_chain::via_chain(std::string_view instance)
    : pseudonym_(vmcp::lowered(fmt::format("{}{}", prefix, instance))) {
}

bool via_chain::admit(std::string_view via, clock::time_point now) {
    if (via.empty())
        return true;
    const auto gateways = gateways_in(via);
    if (std::ranges::find(gateways, pseudonym_) != gateways.end())
        return false;
    if (gateways.empty())
        return true;
    const std::lock_guard lock(mutex_);
    std::erase_if(in_front_, [&](const auto& one) { return now - one.second > remembered; });
    for (const auto& gateway : gateways)
        if (const auto known = in_front_.find(gateway); known != in_front_.end())
            known->second = now;
        else if (in_front_.size() < most_remembered)
            in_front_.emplace(gateway, now);
    return true;
}

std::string via_chain::passing_on(std::string_view received) const {
    std::string out;
    for (const auto& gateway : gateways_in(received))
        out.append("1.1 ").append(gateway).append(", ");
    return out.append("1.1 ").append(pseudonym_);
}

std::string via_chain::own(clock::time_point now) const {
    std::string out;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [gateway, seen] : in_front_)
            if (now - seen <= remembered)
                out.append("1.1 ").append(gateway).append(", ");
    }
    return out.append("1.1 ").append(pseudonym_);
}

std::string random_instance() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

} // namespace transport
