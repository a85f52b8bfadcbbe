#include "vmcp/yaml/read_toml.hpp"

#include "vmcp/config/source_text.hpp"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <sstream>
#include <string>

namespace vmcp {
namespace {

text_position place_of(const toml::source_region& region) noexcept {
    return {region.begin.line == 0 ? 1U : static_cast<unsigned>(region.begin.line),
            region.begin.column == 0 ? 1U : static_cast<unsigned>(region.begin.column)};
}

class converter {
public:
    explicit converter(problem_list& problems) : problems_(problems) {}

    // False: too deep, which has been reported.
    bool convert(const toml::node& from, config_node& to, unsigned depth) {
        to.at = place_of(from.source());
        if (depth > max_config_depth) {
            problems_.add(to.at, "", "tables and arrays are nested too deep");
            return false;
        }
        if (const auto* table = from.as_table())
            return mapping(*table, to, depth);
        if (const auto* array = from.as_array()) {
            to.kind = node_kind::sequence;
            for (const auto& item : *array) {
                if (!convert(item, to.items.emplace_back(), depth + 1))
                    return false;
            }
            return true;
        }
        to.kind = node_kind::scalar;
        to.quoted = from.is_string();
        if (const auto* text = from.as_string())
            to.text = text->get();
        else
            to.text = written(from);
        return true;
    }

private:
    // toml++ sorts keys; the order of the file is that of their places.
    bool mapping(const toml::table& table, config_node& to, unsigned depth) {
        to.kind = node_kind::mapping;
        std::map<text_position, config_member> ordered;
        for (const auto& [key, value] : table) {
            config_member member{std::string(key.str()), place_of(key.source()), {}};
            if (!convert(value, member.value, depth + 1))
                return false;
            auto at = member.key_at;
            while (ordered.contains(at)) // a dotted key gives several one place
                ++at.column;
            ordered.emplace(at, std::move(member));
        }
        for (auto& [at, member] : ordered)
            to.members.push_back(std::move(member));
        return true;
    }

    static std::string written(const toml::node& value) {
        std::ostringstream out;
        value.visit([&out](const auto& typed) {
            if constexpr (!toml::is_table<decltype(typed)> && !toml::is_array<decltype(typed)>)
                out << typed;
        });
        return out.str();
    }

    problem_list& problems_;
};

} // namespace

config_node read_toml(std::string_view text, problem_list& problems) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const auto& error = parsed.error();
        problems.add(place_of(error.source()), "", "TOML syntax error: " + std::string(error.description()));
        return {};
    }
    config_node root;
    return converter(problems).convert(parsed.table(), root, 0) ? root : config_node{};
}

bool looks_like_toml(std::string_view text, std::string_view file) noexcept {
    return file.ends_with(".toml") || text.starts_with("[mcp_servers") ||
           text.find("\n[mcp_servers") != std::string_view::npos;
}

} // namespace vmcp
