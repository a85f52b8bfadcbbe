#include "vmcp/cluster/cluster_definitions.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/cluster/cluster_auth.hpp"
#include "vmcp/cluster/key_document.hpp"
#include "vmcp/cluster/referred_values.hpp"
#include "vmcp/config/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

using nlohmann::json;

// One backend on its way to a definition.
struct candidate {
    cluster_definition made{};
    json content{};  // what is kept of its object
    json entry{};    // of `backends`, as the file would have it
    json strategy{}; // of outgoingAuth.backends; null: none
    std::string problem{};
};

// Of many backends and all their objects in one document, so that the table of keys is walked once for them.
class definer {
public:
    definer(const definition_rules& rules, const object_lookup& look_up)
        : settings_(*rules.settings)
        , discovery_(rules.discovery)
        , name_space_(rules.name_space)
        , look_up_(look_up) {}

    cluster_definitions define(const std::vector<cluster_workload>& workloads) {
        collect(workloads);
        for (std::size_t i = 0; i < candidates_.size(); ++i)
            write(candidates_[i], key_of(i));
        for (const auto& [workload, reference] : discovery_.tool_configs)
            write_tools(workload, reference);
        read_all(
            0, candidates_.size(), [this](json& document, std::size_t i) { add(document, i); },
            [this](const key_document& read, std::size_t i, std::size_t at) {
                finish(candidates_[i], read, i, at);
            });
        read_all(
            0, tools_.size(),
            [this](json& document, std::size_t i) {
                document["aggregation"]["tools"].push_back(tools_[i].entry);
            },
            [this](const key_document& read, std::size_t i, std::size_t at) { finish_tool(i, read, at); });
        for (auto& one : candidates_)
            out_.all.push_back(std::move(one.made));
        return std::move(out_);
    }

private:
    static std::string key_of(std::size_t index) { return fmt::format("b{}", index); }

    static constexpr std::string_view not_read = "there are more mistakes in it than are looked for";

    // Those from `first` to `last` in one document. Where that has more mistakes than are kept, which would leave others of
    // it unread, each half of them alone: nobody's mistakes are to touch another one.
    template <class Add, class Finish>
    void read_all(std::size_t first, std::size_t last, const Add& add, const Finish& finish) {
        if (first == last)
            return;
        json document{{"groupRef", "-"}};
        // Names that stand elsewhere are not complained about.
        document["outgoingAuth"]["source"] = "discovered";
        for (auto i = first; i < last; ++i)
            add(document, i);
        const auto read = read_keys(document, files_);
        if (!read.all_told && last - first > 1) {
            const auto middle = first + (last - first) / 2;
            read_all(first, middle, add, finish);
            read_all(middle, last, add, finish);
            return;
        }
        for (auto i = first; i < last; ++i)
            finish(read, i, i - first);
    }

    void add(json& document, std::size_t i) const {
        document["backends"].push_back(candidates_[i].entry);
        if (!candidates_[i].strategy.is_null())
            document["outgoingAuth"]["backends"][key_of(i)] = candidates_[i].strategy;
    }

    void collect(const std::vector<cluster_workload>& workloads) {
        for (const auto& workload : workloads) {
            candidate one{.content =
                              json::parse(workload.kept.empty() ? "{}" : workload.kept, nullptr, false)};
            one.made.kind = workload.kind;
            one.made.backend.name = workload.name;
            if (workload.no_room)
                one.problem = "there is no room for what the cluster says of it";
            const bool member =
                !settings_.group_ref.empty() &&
                text_at(member_at(member_at(one.content, "spec"), "groupRef"), "name") == settings_.group_ref;
            const bool ending = member_at(one.content, "ending") == json(true) ||
                                text_at(member_at(one.content, "status"), "phase") == "Terminating";
            if (workload.no_room || (member && !ending))
                candidates_.push_back(std::move(one));
        }
        std::ranges::sort(candidates_, [](const candidate& a, const candidate& b) {
            return std::pair(a.made.backend.name, a.made.kind) < std::pair(b.made.backend.name, b.made.kind);
        });
    }

    // ---- what would stand in the file

    void write(candidate& one, const std::string& key) {
        json entry{{"name", key}, {"transport", transport_of(one)}, {"url", url_of(one)}};
        referred_values values(look_up_, out_.needed);
        const auto& spec = member_at(one.content, "spec");
        write_headers(entry, member_at(spec, "headerForward"), values);
        write_authority(entry, member_at(spec, "caBundleRef"), values);
        if (const auto* const own = own_strategy(one.made.backend.name); own == nullptr)
            write_strategy(one, values);
        one.made.pending = values.pending();
        if (one.problem.empty())
            one.problem = values.problem();
        one.entry = std::move(entry);
    }

    static std::string transport_of(const candidate& one) {
        const auto& spec = member_at(one.content, "spec");
        auto named = text_at(spec, "transport");
        // A program has a proxy in front, which speaks what proxyMode says.
        if (one.made.kind == workload_kind::server && (named.empty() || named == "stdio"))
            named = text_at(spec, "proxyMode");
        return named.empty() ? "streamable-http" : named;
    }

    static std::string url_of(candidate& one) {
        const auto& status = member_at(one.content, "status");
        const auto phase = text_at(status, "phase");
        const bool is_entry = one.made.kind == workload_kind::entry;
        auto url = is_entry ? text_at(member_at(one.content, "spec"), "remoteUrl") : text_at(status, "url");
        url = url.substr(0, url.find('#')); // ToolHive names the server there, for clients of HTTP+SSE
        one.made.backend.url = url;
        const auto shown = phase.empty() ? std::string("Pending") : excerpt_of(phase);
        if (one.problem.empty() && is_entry && phase != "Valid")
            one.problem = fmt::format("the MCPServerEntry is not valid (phase {})", shown);
        else if (one.problem.empty() && url.empty())
            one.problem = fmt::format("it has no URL yet (phase {})", shown);
        return url.empty() ? "http://localhost/" : url; // or the table of keys would complain about that
    }

    static void write_headers(json& entry, const json& forward, referred_values& values) {
        auto& headers = entry["headers"] = json::object();
        if (const auto& plain = member_at(forward, "addPlaintextHeaders"); plain.is_object())
            headers = plain;
        if (const auto& secret = member_at(forward, "addHeadersFromSecret"); secret.is_array())
            for (const auto& one : secret)
                headers[text_at(one, "headerName")] = values.secret(member_at(one, "valueSecretRef"));
    }

    void write_authority(json& entry, const json& ref, referred_values& values) {
        const auto& map = member_at(ref, "configMapRef");
        if (!map.is_object())
            return;
        auto key = text_at(map, "key");
        if (key.empty())
            key = "ca.crt";
        const auto name = text_at(map, "name");
        auto path = fmt::format("/ConfigMap/{}/{}", name, key);
        files_[path] = values.config_map_value(name, key);
        entry["caBundlePath"] = std::move(path);
    }

    void write_strategy(candidate& one, referred_values& values) {
        const auto& ref = member_at(member_at(one.content, "spec"), "externalAuthConfigRef");
        if (!ref.is_object())
            return;
        const auto name = text_at(ref, "name");
        one.made.auth_config = name;
        const auto config = values.object(referred_kind::auth_config, name);
        if (!config)
            return;
        values.within(fmt::format("MCPExternalAuthConfig '{}': ", name));
        one.strategy = strategy_of(*config, values);
        values.within({});
    }

    void write_tools(const std::string& workload, const std::string& reference) {
        referred_values values(look_up_, out_.needed);
        const auto content = values.object(referred_kind::tool_config, reference);
        json entry{{"workload", key_of(tools_.size())}};
        if (content) {
            if (const auto& filter = member_at(*content, "toolsFilter"); filter.is_array() && !filter.empty())
                entry["filter"] = filter;
            if (const auto& overrides = member_at(*content, "toolsOverride"); overrides.is_object())
                entry["overrides"] = overrides;
        }
        tools_.push_back({workload, reference, content.has_value(), values.problem(), std::move(entry)});
    }

    // ---- what became of it

    [[nodiscard]] const discovery_settings::strategy* own_strategy(const std::string& name) const {
        const auto own = discovery_.strategies.find(name);
        return own == discovery_.strategies.end() ? nullptr : &own->second;
    }

    // `at`: its place in what was read.
    void finish(candidate& one, const key_document& read, std::size_t index, std::size_t at) const {
        auto& made = one.made.backend;
        auto url = std::move(made.url);
        auto name = std::move(made.name);
        const auto wrong_name = rules::backend_name.problem(name);
        const auto at_entry = problem_at(read, fmt::format("backends[{}]", at));
        auto at_auth = problem_at(read, fmt::format("outgoingAuth.backends.{}", key_of(index)));
        if (!at_auth.empty())
            at_auth = fmt::format("MCPExternalAuthConfig '{}': {}", one.made.auth_config, at_auth);
        const bool whole = read.all_told && at < read.value.backends.size();
        if (at < read.value.backends.size())
            made = read.value.backends[at];
        made.name = std::move(name);
        made.url = std::move(url);
        made.transport = transport_of(one); // also one that there is not
        made.metadata = metadata_of(one);
        const auto& timeouts = settings_.operational.per_workload;
        const auto own = timeouts.find(made.name);
        made.timeout = own == timeouts.end() ? settings_.operational.default_timeout : own->second;
        take_strategy(one, member_at(member_at(one.content, "spec"), "externalAuthConfigRef").is_object());
        for (const auto& problem : {wrong_name ? "its name " + *wrong_name : "", at_entry, at_auth,
                                    std::string(whole ? "" : not_read), conflict_of(made)})
            if (one.problem.empty())
                one.problem = problem;
        made.problem = one.problem;
        if (!made.problem.empty() || one.made.pending)
            withdraw_credentials(made);
    }

    // Of outgoingAuth: `backends` wins over what the cluster says, `default` is for those of which it says nothing.
    void take_strategy(candidate& one, bool has_own) const {
        const auto* chosen = own_strategy(one.made.backend.name);
        if (chosen == nullptr && !has_own && discovery_.fallback)
            chosen = &*discovery_.fallback;
        if (chosen == nullptr)
            return;
        one.made.backend.auth = chosen->auth;
        if (one.problem.empty())
            one.problem = chosen->problem;
    }

    // Clients must not add to a credential, nor to what was fixed for the backend.
    [[nodiscard]] std::string conflict_of(const backend_config& made) const {
        const auto injected = lowered(made.auth.header_name);
        const auto passed = [this](const std::string& header) {
            return std::ranges::find(settings_.passthrough_headers, header) !=
                   settings_.passthrough_headers.end();
        };
        if (!injected.empty() && passed(injected))
            return fmt::format("'{}' stands in passthroughHeaders, and its credentials set it", injected);
        for (const auto& [header, value] : made.headers) {
            if (!injected.empty() && lowered(header) == injected)
                return fmt::format("headerForward sets '{}', as its credentials do", excerpt_of(header));
            if (passed(lowered(header)))
                return fmt::format("'{}' stands in passthroughHeaders, and headerForward sets it",
                                   excerpt_of(header));
        }
        return {};
    }

    // Of what is not served nothing has to be kept.
    static void withdraw_credentials(backend_config& made) {
        made.auth = {};
        made.headers.clear();
    }

    [[nodiscard]] std::map<std::string, std::string> metadata_of(const candidate& one) const {
        std::map<std::string, std::string> out;
        if (const auto& annotations = member_at(one.content, "annotations"); annotations.is_object())
            for (const auto& [name, value] : annotations.items())
                out[name] = value.get<std::string>();
        out["kind"] = name_of(one.made.kind);
        out["namespace"] = name_space_;
        return out;
    }

    void finish_tool(std::size_t index, const key_document& read, std::size_t at) {
        const auto& one = tools_[index];
        auto problem = one.problem;
        if (problem.empty())
            problem = problem_at(read, fmt::format("aggregation.tools[{}]", at));
        workload_tools made;
        if (at < read.value.aggregation.tools.size())
            made = read.value.aggregation.tools[at];
        else if (problem.empty())
            problem = not_read;
        if (problem.empty() && !read.all_told)
            problem = not_read;
        made.workload = one.workload;
        made.exclude_all = !one.known || !problem.empty();
        if (!problem.empty())
            out_.tool_problems.push_back(fmt::format("no tool of {} is shown: MCPToolConfig '{}': {}",
                                                     one.workload, one.reference, problem));
        out_.tools[one.workload] = std::move(made);
    }

    struct tool_entry {
        std::string workload{};
        std::string reference{};
        bool known = false;
        std::string problem{};
        json entry{}; // of aggregation.tools, as the file would have it
    };

    const config& settings_;
    const discovery_settings& discovery_;
    const std::string name_space_;
    const object_lookup& look_up_;
    std::vector<candidate> candidates_{};
    std::vector<tool_entry> tools_{};
    std::map<std::string, std::string> files_{};
    cluster_definitions out_{};
};

} // namespace

cluster_definitions define_backends(const definition_rules& rules,
                                    const std::vector<cluster_workload>& workloads,
                                    const object_lookup& look_up) {
    return definer(rules, look_up).define(workloads);
}

} // namespace vmcp
