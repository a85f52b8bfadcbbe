#include "vmcp/program/commands/version.hpp"

#include "vmcp/base/program.hpp"
#include "vmcp/model/version.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <nlohmann/json.hpp>

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {
namespace {

static_assert(program_version == VMCP_VERSION, "vmcp/base/program.hpp and CMakeLists.txt differ");

std::string boost_version() {
    return fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
}

exit_code show(bool as_json) {
    std::vector<std::string_view> revisions(version_texts.begin(), version_texts.end());
    revisions.push_back(stateless_version);
    nlohmann::ordered_json all{
        {"name", program_name},          {"version", program_version},
        {"protocolVersions", revisions}, {"compiler", __VERSION__},
        {"boost", boost_version()},      {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)}};
    if (as_json)
        return print(all.dump(2) + "\n") ? exit_code::ok : exit_code::failed;
    const auto text = fmt::format("{} {}\nMCP {}\n{}, Boost {}, OpenSSL {}\n", program_name, program_version,
                                  fmt::join(revisions, ", "), __VERSION__, boost_version(),
                                  OpenSSL_version(OPENSSL_VERSION_STRING));
    return print(text) ? exit_code::ok : exit_code::failed;
}

} // namespace

void add_version(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand("version", "Print the version of this program");
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "Print it as JSON, with the versions of what it is built with")
        ->envname("VMCP_JSON");
    command->footer("Example:\n  vmcp version --json | jq -r .version");
    command->callback([&outcome, as_json] { outcome = show(*as_json); });
}

} // namespace vmcp
