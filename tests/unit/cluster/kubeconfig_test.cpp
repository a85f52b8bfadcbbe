// What a kubeconfig says, and which way to the cluster is taken.
#include "vmcp/cluster/kubeconfig.hpp"

#include "vmcp/cluster/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vmcp {
namespace {

using testing::HasSubstr;

class kubeconfigs : public testing::Test {
protected:
    kube::surroundings around() {
        return {[this](std::string_view name) {
                    const auto found = variables.find(name);
                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
                [this](const std::string& path) -> result<std::string> {
                    const auto found = files.find(path);
                    if (found == files.end())
                        return fail(errc::io, "no such file");
                    return found->second;
                }};
    }
    result<kube::cluster_access> read(const std::string& text) {
        return read_kubeconfig(text, "/home/u/.kube/config", around());
    }
    static std::string with(const std::string& cluster, const std::string& user) {
        return "current-context: c\n"
               "contexts:\n- name: c\n  context: {cluster: k, user: u, namespace: tools}\n"
               "clusters:\n- name: k\n  cluster: {server: 'https://10.0.0.1:6443/', " +
               cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
    }

    std::map<std::string, std::string, std::less<>> variables{};
    std::map<std::string, std::string, std::less<>> files{{"/home/u/.kube/ca.pem", "CA"}, {"/t", "T"}};
};

TEST_F(kubeconfigs, with_data_inside) {
    const auto access = read(with("certificate-authority-data: Q0E=", "client-certificate-data: Q1JU, "
                                                                      "client-key-data: S0VZ, token: secret"))
                            .value();
    EXPECT_EQ(access.server, "https://10.0.0.1:6443");
    EXPECT_EQ(access.ca, "CA");
    EXPECT_EQ(access.client_certificate, "CRT");
    EXPECT_EQ(access.client_key, "KEY");
    EXPECT_EQ(access.token, "secret");
    EXPECT_EQ(access.name_space, "tools");
}

TEST_F(kubeconfigs, with_files_beside_it) {
    const auto access = read(with("certificate-authority: ca.pem", "tokenFile: /t")).value();
    EXPECT_EQ(access.ca, "CA");
    EXPECT_EQ(access.ca_path, "/home/u/.kube/ca.pem");
    EXPECT_EQ(access.token_path, "/t");
}

TEST_F(kubeconfigs, what_is_not_supported_is_named) {
    const std::vector<std::array<std::string, 3>> cases{
        {"insecure-skip-tls-verify: true", "token: x", "insecure-skip-tls-verify"},
        {"proxy-url: 'http://p'", "token: x", "proxy-url"},
        {"tls-server-name: n", "token: x", "tls-server-name"},
        {"", "exec: {command: aws}", "the user's exec is not supported"},
        {"", "auth-provider: {name: gcp}", "auth-provider"},
        {"", "username: a, password: hunter2", "username"},
        {"", "client-certificate-data: Q1JU", "belong together"},
        {"certificate-authority-data: '%%%'", "token: x", "certificate-authority-data is not base64"},
        {"certificate-authority: nowhere.pem", "token: x", "/home/u/.kube/nowhere.pem"}};
    for (const auto& [cluster, user, expected] : cases) {
        const auto access = read(with(cluster, user));
        ASSERT_FALSE(access) << expected;
        EXPECT_THAT(access.error().message(), HasSubstr(expected));
        EXPECT_THAT(access.error().message(), HasSubstr("kubeconfig /home/u/.kube/config"));
        EXPECT_THAT(access.error().message(), testing::Not(HasSubstr("hunter2")));
    }
}

TEST_F(kubeconfigs, what_is_broken_says_where) {
    EXPECT_THAT(read("a: [").error().message(), HasSubstr("/home/u/.kube/config:"));
    EXPECT_THAT(read("{}").error().message(), HasSubstr("current-context"));
    EXPECT_THAT(read("current-context: x").error().message(), HasSubstr("no context 'x'"));
    EXPECT_THAT(read("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]").error().message(),
                HasSubstr("no cluster 'k'"));
    EXPECT_THAT(read("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
                     "clusters: [{name: k, cluster: {server: 'http://h'}}]")
                    .error()
                    .message(),
                HasSubstr("no user 'u'"));
    EXPECT_THAT(read("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
                     "clusters: [{name: k, cluster: {server: 'ftp://h'}}]")
                    .error()
                    .message(),
                HasSubstr("server"));
}

TEST_F(kubeconfigs, the_way_is_the_configurations_then_the_variables_then_the_pods) {
    files["/given"] = with("", "token: given");
    files["/variable"] = with("", "token: variable");
    EXPECT_THAT(find_cluster({}, around()).error().message(), HasSubstr("no pod"));
    variables["KUBECONFIG"] = "/variable";
    EXPECT_EQ(find_cluster({}, around()).value().token, "variable");
    EXPECT_EQ(find_cluster({.kubeconfig_path = "/given"}, around()).value().token, "given");
    variables["KUBECONFIG"] = "/a:/b";
    EXPECT_THAT(find_cluster({}, around()).error().message(), HasSubstr("several files"));
    variables["KUBECONFIG"] = "/nowhere";
    EXPECT_THAT(find_cluster({}, around()).error().message(), HasSubstr("/nowhere"));
    variables.erase("KUBECONFIG");
    variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
    files[std::string(kube::service_account_folder) + "/ca.crt"] = "CA";
    EXPECT_EQ(find_cluster({}, around()).value().server, "https://10.0.0.1:443");
    EXPECT_EQ(find_cluster({}, around()).value().name_space, "default");
    variables["POD_NAMESPACE"] = "of-pod";
    EXPECT_EQ(find_cluster({}, around()).value().name_space, "of-pod");
}

TEST_F(kubeconfigs, the_namespace_is_the_configurations_then_vmcps_then_the_contexts) {
    files["/given"] = with("", "token: given");
    EXPECT_EQ(find_cluster({.kubeconfig_path = "/given"}, around()).value().name_space, "tools");
    variables["VMCP_NAMESPACE"] = "of-vmcp";
    EXPECT_EQ(find_cluster({.kubeconfig_path = "/given"}, around()).value().name_space, "of-vmcp");
    EXPECT_EQ(find_cluster({.kubeconfig_path = "/given", .name_space = "own"}, around()).value().name_space,
              "own");
    EXPECT_FALSE(find_cluster({.kubeconfig_path = "/given", .name_space = "../x"}, around()));
}

TEST(base64, of_kubernetes) {
    EXPECT_EQ(base64_decode("Q0E="), "CA");
    EXPECT_EQ(base64_decode("/+8="), "\xFF\xEF");
    EXPECT_EQ(base64_decode("Q0\nE="), "CA");
    EXPECT_EQ(base64_decode(""), "");
    for (const auto* const bad : {"_-8=", "Q", "Q===", "Q0E=x", "%"})
        EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

} // namespace
} // namespace vmcp
