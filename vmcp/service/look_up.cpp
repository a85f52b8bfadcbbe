#include "vmcp/service/look_up.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/uri_normal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

// Two readers of an object that has a member twice may see two different values.
bool has_twice(std::string_view object, std::string_view key) {
    json_cursor cursor(object, 512);
    std::string_view raw_key;
    json_slice value;
    bool done = false;
    int times = 0;
    if (!cursor.enter_object())
        return false;
    while (cursor.next_member(raw_key, done) && !done && cursor.value(value))
        times += json_key_is(raw_key, key) ? 1 : 0;
    return times > 1;
}

const route* find_named(const catalog& from, list_kind kind, std::string_view exposed) noexcept {
    return kind == list_kind::tools ? from.find_tool(exposed) : from.find_prompt(exposed);
}

} // namespace

result<std::string> required(const json_slice& member, std::string_view name) {
    if (member.kind != json_kind::string || member.empty())
        return fail(errc::invalid_params, fmt::format("\"{}\" must be a string", name));
    auto text = unquoted(member.raw);
    if (!text)
        return fail(errc::invalid_params, fmt::format("\"{}\" holds a lone surrogate", name));
    return std::move(*text);
}

named_route find_named(const snapshot& snap, list_kind kind, std::string_view exposed) noexcept {
    if (const route* to = find_named(*snap.catalog, kind, exposed))
        return {to, snap.catalog.get()};
    if (snap.withdrawn)
        if (const route* to = find_named(*snap.withdrawn, kind, exposed))
            return {to, snap.withdrawn.get()};
    return {nullptr, snap.catalog.get()};
}

found_uri find_any_resource(const snapshot& snap, const client_session* session, std::string_view uri) {
    for (const auto* in : {snap.catalog.get(), snap.withdrawn.get()})
        if (in != nullptr)
            if (auto to = in->find_resource(uri))
                return {std::move(to), in};
    const auto source = session != nullptr ? session->learned(uri) : std::nullopt;
    const auto& names = snap.catalog->backends();
    const auto found = source ? std::ranges::find(names, source->backend) : names.end();
    if (found == names.end())
        return {std::nullopt, snap.catalog.get()};
    return {route{.backend = static_cast<std::uint32_t>(found - names.begin()),
                  .original = source->uri,
                  .quoted_original = quoted(source->uri)},
            snap.catalog.get()};
}

std::vector<std::string> names_of(const found_uri& found, std::string_view written) {
    if (found.to)
        return found.in->names_of(*found.to);
    std::vector<std::string> names{std::string(written)};
    if (auto normal = normal_uri(written); normal != written)
        names.push_back(std::move(normal));
    return names;
}

result<completion_reference> read_reference(const message& request) {
    const auto& ref = request.param.ref;
    for (const std::string_view key : {"type", "name", "uri"})
        if (has_twice(ref.raw, key))
            return fail(errc::invalid_params, fmt::format("\"ref.{}\" is given twice", key));
    const auto type = unquoted(json_member(ref.raw, "type", 512).raw).value_or("");
    const bool prompt = type == "ref/prompt";
    if (!prompt && type != "ref/resource")
        return fail(errc::invalid_params, R"("ref.type" must be "ref/prompt" or "ref/resource")");
    const json_slice name = json_member(ref.raw, prompt ? "name" : "uri", 512);
    auto exposed = required(name, prompt ? "ref.name" : "ref.uri");
    if (!exposed)
        return exposed.error();
    return completion_reference{prompt, name, std::move(*exposed)};
}

found_reference find_reference(const snapshot& snap, const completion_reference& about) {
    const auto& exposed = about.exposed;
    const route* const listed =
        about.prompt ? snap.catalog->find_prompt(exposed) : snap.catalog->find_template(exposed);
    if (listed != nullptr)
        return {*listed, {exposed}};
    if (about.prompt)
        return {std::nullopt, {exposed}};
    const found_uri found{snap.catalog->find_resource(exposed), snap.catalog.get()};
    return {found.to, names_of(found, exposed)};
}

} // namespace vmcp
