// What all runs of one backend's program have in common.
#pragma once

#include "transport/net/worker.hpp"
#include "transport/process/process_census.hpp"
#include "transport/process/process_places.hpp"
#include "transport/process/process_spec.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace transport {

// What all backends that are programs share.
struct program_surroundings {
    std::shared_ptr<process_places> places = std::make_shared<process_places>(64);
    std::shared_ptr<process_census> census = std::make_shared<process_census>();
};

// Immutable.
struct stdio_program {
    std::string name{}; // of the backend, in the log
    process_spec spec{};
    std::chrono::milliseconds start_timeout{60'000}; // until `initialize` is answered
    std::chrono::milliseconds write_timeout{30'000}; // until it reads on
    std::size_t most_processes = 128;                // of one run: the program and what it has started
    std::vector<std::string> secrets{};              // what nobody may read of its environment and arguments
    program_surroundings around{};
    std::function<worker&()> home{}; // where the next run lives; outlives it
};

} // namespace transport
