// What is run, and with what.
#pragma once

#include "vmcp/base/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

struct process_spec {
    std::string command{};                            // a path, or a name that PATH leads to
    std::vector<std::string> args{};                  // without the command itself
    std::map<std::string, std::string> environment{}; // all of it
    std::string folder{};                             // where it begins; empty: where the gateway runs
    std::size_t memory =
        0; // bytes of data that each of its processes may have; 0: as many as the gateway's own
};

// The variables that every program gets, out of the gateway's own environment: those that say who and where the user is, and
// how this machine reaches the network. Others may hold secrets of other backends. `own` is what the definition sets, and
// wins.
[[nodiscard]] std::map<std::string, std::string>
program_environment(const std::map<std::string, std::string>& own);

// The path of the program that `command` means for one with that environment and folder. A failure (errc::backend_unavailable)
// names it, and says what to do.
[[nodiscard]] vmcp::result<std::string> find_program(const process_spec& spec);

} // namespace transport
