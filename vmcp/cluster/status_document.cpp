#include "vmcp/cluster/status_document.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <set>
#include <utility>

namespace vmcp {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// Those that ToolHive's runtime writes as well. All others are somebody else's.
constexpr std::array<std::string_view, 3> own_conditions{"Ready", "BackendsDiscovered", "Degraded"};

bool is_own(std::string_view type) {
    return std::ranges::find(own_conditions, type) != own_conditions.end();
}

std::string_view crd_status(health::state now) {
    switch (now) {
    case health::state::healthy:
        return "ready";
    case health::state::degraded:
        return "degraded";
    case health::state::unhealthy:
        return "unavailable";
    case health::state::unauthenticated:
        return "unauthenticated";
    case health::state::unknown:
        break;
    }
    return "unknown";
}

std::string text_of(const json& object, const char* member) {
    if (!object.is_object())
        return {};
    const auto it = object.find(member);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

const json* condition_of_type(const json& status, std::string_view type) {
    const auto all = status.find("conditions");
    if (all == status.end() || !all->is_array())
        return nullptr;
    const auto it = std::ranges::find_if(*all, [&](const json& one) { return text_of(one, "type") == type; });
    return it == all->end() ? nullptr : &*it;
}

json condition_json(const health::condition& made, const stored_server& stored, health::wall_time now) {
    const json* const before = condition_of_type(stored.status, made.type);
    auto since = before != nullptr && text_of(*before, "status") == made.status
                     ? text_of(*before, "lastTransitionTime")
                     : std::string();
    if (since.empty())
        since = kubernetes_time(now);
    return {{"type", made.type},           {"status", made.status},
            {"reason", made.reason},       {"message", made.message},
            {"lastTransitionTime", since}, {"observedGeneration", stored.generation}};
}

// Ours take the places they had, so that the order says nothing new.
json conditions_json(const stored_server& stored, const status_facts& facts) {
    std::vector<json> ours;
    for (const auto& one : health::conditions_of(facts.seen.counts, facts.seen.now))
        ours.push_back(condition_json(one, stored, facts.now));
    json out = json::array();
    const auto take = [&](const std::string& type) {
        const auto it = std::ranges::find_if(ours, [&](const json& one) { return one["type"] == type; });
        if (it == ours.end())
            return;
        out.push_back(std::move(*it));
        ours.erase(it);
    };
    if (const auto before = stored.status.find("conditions");
        before != stored.status.end() && before->is_array())
        for (const auto& one : *before) {
            if (const auto type = text_of(one, "type"); is_own(type))
                take(type);
            else
                out.push_back(one);
        }
    for (auto& one : ours)
        out.push_back(std::move(one));
    return out;
}

// Whoever may read the object reads this: it has no more of a peer's words than the pages for operators, without secrets.
std::string message_of(const health::backend_row& row, std::size_t longest) {
    constexpr std::string_view mark_of_a_cut = "...";
    longest -= mark_of_a_cut.size();
    if (row.circuit_state == health::circuit::open || row.circuit_state == health::circuit::half_open) {
        const std::string circuit =
            row.circuit_state == health::circuit::open ? "Circuit open" : "Circuit half-open";
        if (row.health.reason.empty())
            return circuit;
        return excerpt_of(circuit + ": " + row.health.reason, {}, longest);
    }
    if (row.health.reason.empty())
        return row.health.now == health::state::healthy ? "Healthy" : "Not checked yet";
    return excerpt_of(row.health.reason, {}, longest);
}

json backend_json(const health::backend_row& row, const status_facts& facts, std::size_t longest) {
    json out{{"name", row.name},
             {"status", crd_status(row.health.now)},
             {"authType", row.auth_type},
             {"message", message_of(row, longest)},
             {"consecutiveFailures", row.health.consecutive_failures}};
    const auto add = [&](const char* member, std::string value) {
        if (!value.empty())
            out[member] = std::move(value);
    };
    add("url", row.url);
    add("mcpRevision", row.health.revision);
    if (facts.auth_config_of)
        add("authConfigRef", facts.auth_config_of(row.name));
    if (row.health.last_check)
        add("lastHealthCheck", kubernetes_time(row.health.last_check->wall));
    if (row.circuit_state) {
        add("circuitBreakerState", std::string(health::name_of(*row.circuit_state)));
        if (row.circuit_changed != health::moment{})
            add("circuitLastChanged", kubernetes_time(row.circuit_changed.wall));
    }
    return out;
}

// The first of each name: it is the list's key, and a second one would have the whole document refused.
json backends_json(const status_facts& facts) {
    json out = json::array();
    std::set<std::string_view> named;
    const auto longest =
        facts.seen.backends.size() > many_backends ? longest_of_many : longest_backend_message;
    for (const auto& row : facts.seen.backends)
        if (out.size() < most_listed_backends && named.insert(row.name).second)
            out.push_back(backend_json(row, facts, longest));
    return out;
}

std::optional<health::wall_time> time_of(const std::string& text) {
    std::tm parts{};
    const auto* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == nullptr)
        return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

bool checks_alike(const json& stored, const json& wanted, milliseconds check_age) {
    const auto then = time_of(stored.is_string() ? stored.get<std::string>() : "");
    const auto now = time_of(wanted.is_string() ? wanted.get<std::string>() : "");
    return stored == wanted || (then && now && std::chrono::abs(*now - *then) < check_age);
}

// What typed clients leave out when they write an object back.
bool is_nothing(const json& value) {
    return value.is_null() || (value.is_number() && value == 0) || (value.is_structured() && value.empty()) ||
           value == "";
}

bool alike(const json& stored, const json& wanted, milliseconds check_age);

bool members_alike(const json& stored, const json& wanted, milliseconds check_age) {
    static const json nothing{};
    const auto member = [](const json& object, const std::string& name) -> const json& {
        const auto it = object.find(name);
        return it == object.end() ? nothing : *it;
    };
    const auto same = [&](const std::string& name) {
        const auto& before = member(stored, name);
        const auto& after = member(wanted, name);
        if (name == "lastHealthCheck")
            return checks_alike(before, after, check_age);
        // It grows with each check, and is written with the time of the check: alone it says no more than 0 or not.
        if (name == "consecutiveFailures" && before.is_number() && after.is_number())
            return is_nothing(before) == is_nothing(after);
        return alike(before, after, check_age);
    };
    return std::ranges::all_of(stored.items(), [&](const auto& one) { return same(one.key()); }) &&
           std::ranges::all_of(wanted.items(), [&](const auto& one) { return same(one.key()); });
}

bool alike(const json& stored, const json& wanted, milliseconds check_age) {
    if (is_nothing(stored) || is_nothing(wanted))
        return is_nothing(stored) && is_nothing(wanted);
    if (stored.is_object() && wanted.is_object())
        return members_alike(stored, wanted, check_age);
    if (!stored.is_array() || !wanted.is_array())
        return stored == wanted;
    return std::ranges::equal(stored, wanted,
                              [&](const json& a, const json& b) { return alike(a, b, check_age); });
}

} // namespace

std::string kubernetes_time(health::wall_time time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string kubernetes_micro_time(health::wall_time time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - whole);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), rest.count());
}

result<stored_server> read_stored_server(std::string_view body) {
    const auto refused = [](std::string_view why) {
        return fail(errc::io, fmt::format("the API server's answer is no VirtualMCPServer: {}", why));
    };
    if (!json_valid(body)) // as deep as it may be: what is done with it goes as deep
        return refused("no JSON");
    auto object = json::parse(body, nullptr, false);
    if (!object.is_object())
        return refused("no JSON object");
    const auto metadata = object.find("metadata");
    if (metadata == object.end() || !metadata->is_object())
        return refused("it has no metadata");
    stored_server out{.name = text_of(*metadata, "name"),
                      .name_space = text_of(*metadata, "namespace"),
                      .uid = text_of(*metadata, "uid"),
                      .api_version = text_of(object, "apiVersion"),
                      .resource_version = text_of(*metadata, "resourceVersion")};
    if (out.resource_version.empty())
        return refused("it has no resourceVersion");
    if (const auto it = metadata->find("generation"); it != metadata->end() && it->is_number_integer())
        out.generation = it->get<std::int64_t>();
    if (const auto it = object.find("status"); it != object.end() && it->is_object())
        out.status = std::move(*it);
    return out;
}

json wanted_status(const stored_server& stored, const status_facts& facts) {
    auto backends = backends_json(facts);
    const auto counted = std::ranges::count_if(facts.seen.backends, [](const health::backend_row& row) {
        return row.health.now == health::state::healthy || row.health.now == health::state::unauthenticated;
    });
    auto message = health::message_of(facts.seen.counts, facts.seen.now);
    if (backends.size() == most_listed_backends && facts.seen.backends.size() > most_listed_backends)
        message += fmt::format("; {} are not listed here", facts.seen.backends.size() - most_listed_backends);
    return {{"phase", health::name_of(facts.seen.now)},     {"message", std::move(message)},
            {"observedGeneration", stored.generation},      {"backendCount", counted},
            {"conditions", conditions_json(stored, facts)}, {"discoveredBackends", std::move(backends)}};
}

bool says_the_same(const json& stored, const json& wanted, milliseconds check_age) {
    const json nothing{};
    return std::ranges::all_of(wanted.items(), [&](const auto& one) {
        const auto before = stored.find(one.key());
        return alike(before == stored.end() ? nothing : *before, one.value(), check_age);
    });
}

std::string status_patch(const stored_server& stored, const json& wanted) {
    const json patch{{"metadata", {{"resourceVersion", stored.resource_version}}}, {"status", wanted}};
    return patch.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace vmcp
