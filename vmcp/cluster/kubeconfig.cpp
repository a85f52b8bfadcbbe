#include "vmcp/cluster/kubeconfig.hpp"

#include "vmcp/base/url.hpp"
#include "vmcp/cluster/base64.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/yaml/read_yaml.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

std::string text_in(const config_node& node, std::string_view key) {
    const auto* const found = node.find(key);
    return found != nullptr && found->kind == node_kind::scalar ? found->text : std::string();
}

// Reads one file; the first failure ends it.
class kubeconfig_reader {
public:
    kubeconfig_reader(std::string path, const kube::surroundings& around)
        : path_(std::move(path))
        , around_(around) {}

    result<kube::cluster_access> read(const config_node& root) {
        const auto context_name = text_in(root, "current-context");
        if (context_name.empty())
            return bad("it has no current-context");
        const auto* const context = named(root, "contexts", context_name, "context");
        if (context == nullptr)
            return bad(fmt::format("it has no context '{}'", context_name));
        const auto* const cluster = named(root, "clusters", text_in(*context, "cluster"), "cluster");
        if (cluster == nullptr)
            return bad(fmt::format("it has no cluster '{}'", text_in(*context, "cluster")));
        out_.name_space = text_in(*context, "namespace");
        take_cluster(*cluster);
        const auto user_name = text_in(*context, "user");
        if (const auto* const user = named(root, "users", user_name, "user"))
            take_user(*user);
        else if (!user_name.empty())
            complain(fmt::format("it has no user '{}'", user_name));
        if (problem_)
            return bad(*problem_);
        return std::move(out_);
    }

private:
    [[nodiscard]] failure bad(std::string_view problem) const {
        return fail(errc::config, fmt::format("kubeconfig {}: {}", path_, problem));
    }

    void complain(std::string problem) {
        if (!problem_)
            problem_ = std::move(problem);
    }

    // The entry of a list of {name: ..., <key>: {...}}.
    static const config_node* named(const config_node& root, std::string_view list, std::string_view name,
                                    std::string_view key) {
        const auto* const all = root.find(list);
        if (all == nullptr || name.empty())
            return nullptr;
        for (const auto& one : all->items)
            if (text_in(one, "name") == name)
                return one.find(key);
        return nullptr;
    }

    void take_cluster(const config_node& cluster) {
        if (text_in(cluster, "insecure-skip-tls-verify") == "true")
            complain("insecure-skip-tls-verify is not supported: give certificate-authority-data");
        for (const std::string_view key : {"proxy-url", "tls-server-name"})
            if (!text_in(cluster, key).empty())
                complain(fmt::format("{} is not supported", key));
        out_.server = text_in(cluster, "server");
        while (out_.server.ends_with('/'))
            out_.server.pop_back();
        if (const auto url = parse_url(out_.server); !url)
            complain(fmt::format("server: {}", url.error().detail));
        out_.ca = pem(cluster, "certificate-authority", &out_.ca_path);
    }

    void take_user(const config_node& user) {
        constexpr std::array<std::string_view, 6> unsupported{"exec", "auth-provider", "username", "password",
                                                              "as",   "as-user"};
        for (const auto key : unsupported)
            if (const auto* const found = user.find(key); found != nullptr && found->kind != node_kind::null)
                complain(fmt::format("the user's {} is not supported: give token, tokenFile or a client "
                                     "certificate",
                                     key));
        out_.token = text_in(user, "token");
        if (const auto file = text_in(user, "tokenFile"); !file.empty())
            out_.token_path = resolve_path(path_, file);
        out_.client_certificate = pem(user, "client-certificate", nullptr);
        out_.client_key = pem(user, "client-key", nullptr);
        if (out_.client_certificate.empty() != out_.client_key.empty())
            complain("client-certificate and client-key belong together");
    }

    // `<key>-data`, or the content of the file `<key>`.
    std::string pem(const config_node& node, const std::string& key, std::string* path) {
        if (const auto data = text_in(node, key + "-data"); !data.empty()) {
            auto plain = base64_decode(data);
            if (!plain || plain->empty())
                complain(key + "-data is not base64");
            return std::move(plain).value_or("");
        }
        const auto name = text_in(node, key);
        if (name.empty())
            return {};
        const auto file = resolve_path(path_, name);
        if (path != nullptr)
            *path = file;
        auto content = around_.read_file(file);
        if (content)
            return *std::move(content);
        complain(fmt::format("{}: {}: {}", key, file, content.error().detail));
        return {};
    }

    const std::string path_;
    const kube::surroundings& around_;
    kube::cluster_access out_{};
    std::optional<std::string> problem_{};
};

void settle_namespace(kube::cluster_access& access, const cluster_config& settings,
                      const kube::surroundings& around) {
    const auto given =
        settings.name_space.empty() ? around.variable("VMCP_NAMESPACE").value_or("") : settings.name_space;
    if (!given.empty())
        access.name_space = given;
    if (access.name_space.empty())
        access.name_space = around.variable("POD_NAMESPACE").value_or("");
    if (access.name_space.empty())
        access.name_space = "default";
}

result<kube::cluster_access> access_of_file(const std::string& path, const kube::surroundings& around) {
    const auto text = around.read_file(path);
    if (!text)
        return fail(errc::config, fmt::format("kubeconfig {}: {}", path, text.error().detail));
    return read_kubeconfig(*text, path, around);
}

} // namespace

result<kube::cluster_access> read_kubeconfig(std::string_view text, const std::string& path,
                                             const kube::surroundings& around) {
    problem_list problems{path, {}};
    const auto root = read_yaml(text, problems);
    if (!problems.problems.empty())
        return fail(errc::config, fmt::format("kubeconfig {}", format_problem(problems.problems.front())));
    return kubeconfig_reader(path, around).read(root);
}

result<kube::cluster_access> find_cluster(const cluster_config& settings, const kube::surroundings& around) {
    const auto from_variable = around.variable("KUBECONFIG").value_or("");
    const auto& path = settings.kubeconfig_path.empty() ? from_variable : settings.kubeconfig_path;
    if (path.find(':') != std::string::npos && settings.kubeconfig_path.empty())
        return fail(errc::config, "KUBECONFIG names several files, which is not supported: name one in "
                                  "kubernetes.kubeconfig");
    auto found = path.empty() ? kube::in_cluster_access(around) : access_of_file(path, around);
    if (!found)
        return found;
    settle_namespace(*found, settings, around);
    if (!kube::is_namespace_name(found->name_space))
        return fail(errc::config, fmt::format("'{}' is no name of a namespace", found->name_space));
    return found;
}

} // namespace vmcp
