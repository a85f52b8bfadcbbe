// Judges one entry of a client's file: what backend it becomes, what of it is lost or changed, or why it is
// left out.
#pragma once

#include "vmcp/yaml/client_servers.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

// A backend to be written. Values are in the spelling of a vmcp configuration, references not filled in.
struct backend_draft {
    std::string url{};     // empty: it is a program
    bool sse = false;      // it speaks HTTP+SSE there
    std::string command{}; // the same the other way round
    std::vector<std::string> args{};
    std::vector<std::pair<std::string, std::string>> env{};
    std::string cwd{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::optional<std::vector<std::string>> filter{};
    std::vector<std::string> exclude{};
    std::optional<std::chrono::milliseconds> timeout{};
    friend bool operator==(const backend_draft&, const backend_draft&) = default;
};

struct judged_entry {
    backend_draft backend{};
    std::string shown{}; // where it is, or which program it is, without what may be secret
    std::string left{};  // why it is left out; empty: it is taken
    std::vector<std::string> notes{};
    std::set<std::string> variables{}; // that its values need
};

// Never fails: an entry that makes no sense is left out with the reason. `own` is where the gateway will
// listen.
[[nodiscard]] judged_entry judge_entry(const client_server& server, const question_text& question,
                                       const command_line& own);

} // namespace vmcp
